package demo

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a [Handler] behind a listener on loopback, speaking HTTP/1.1.
type Server struct {
	*Handler
	server *http.Server
	url    string
	served chan struct{}  // closed when nothing is accepted any more
	conns  sync.WaitGroup // connections that are open
}

// Serve starts a server on a port of 127.0.0.1 that the system chooses. The
// caller closes it.
func Serve(repo *Repository, opts ...Option) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serving a repository: %w", err)
	}
	s := &Server{
		Handler: NewHandler(repo, opts...),
		url:     "http://" + listener.Addr().String(),
		served:  make(chan struct{}),
	}
	s.server = &http.Server{
		Handler:           s.Handler,
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

// URL is the address of the repository's root, without a slash at its end:
// metadata is at URL()+"/timestamp.json" (see Spec.MetadataDir), targets are
// below URL()+"/targets".
func (s *Server) URL() string { return s.url }

// Close ends all responses, stalled or not, closes all connections, and waits
// until every goroutine of the server has ended, which takes milliseconds. It
// may be called more than once.
func (s *Server) Close() {
	s.Handler.Close()
	_ = s.server.Close()
	<-s.served
	// A connection that was accepted in the last moment has missed the first call.
	_ = s.server.Close()
	s.conns.Wait()
}
