package demo

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Server is a [Handler] behind a listener on loopback, speaking HTTP/1.1.
type Server struct {
	*Handler
	server *http.Server
	url    string
	peers  []io.Closer    // that redirects lead to
	served chan struct{}  // closed when nothing is accepted any more
	conns  sync.WaitGroup // connections that are open
}

// Serve starts a server on a port of 127.0.0.1 that the system chooses. The
// caller closes it.
func Serve(repo *Repository, opts ...Option) (*Server, error) { return ServePort(0, repo, opts...) }

// ServePort is Serve on a port of one's own choice; 0 leaves it to the system.
func ServePort(port int, repo *Repository, opts ...Option) (*Server, error) {
	listener, err := listen(port)
	if err != nil {
		return nil, fmt.Errorf("serving a repository: %w", err)
	}
	s := &Server{
		Handler: NewHandler(repo, opts...),
		url:     "http://" + listener.Addr().String(),
		served:  make(chan struct{}),
	}
	s.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			s.conns.Add(1) // a connection that is taken over is no connection of the server any more
			defer s.conns.Done()
			s.Handler.ServeHTTP(w, req)
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				s.conns.Done()
			}
		},
	}
	go func() {
		defer close(s.served)
		_ = s.server.Serve(listener) // ends with http.ErrServerClosed
	}()
	return s, nil
}

// listen takes a port of loopback, and of nothing else.
func listen(port int) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// URL is the address of the repository's root, without a slash at its end:
// metadata is at URL()+"/timestamp.json" (see Spec.MetadataDir), targets are
// below URL()+"/targets".
func (s *Server) URL() string { return s.url }

// Close ends all responses, stalled or not, closes all connections, and waits
// until every goroutine of the server has ended, which takes milliseconds. It
// may be called more than once.
func (s *Server) Close() {
	s.Handler.Close()
	for _, p := range s.peers {
		_ = p.Close()
	}
	_ = s.server.Close()
	<-s.served
	// A connection that was accepted in the last moment has missed the first call.
	_ = s.server.Close()
	s.conns.Wait()
}
