package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// stage is what one case plays on: a cable, a client, and at most one server.
type stage struct {
	*cable
	cert   tls.Certificate
	client *fetch.Client
	base   string // of the server
	web    *http.Server
	trace  *looker
	done   chan error // the end of the Get that is looked at
}

// newStage has a client and no server yet.
func newStage(c *cable, cert tls.Certificate) (*stage, error) {
	client, err := fetch.New(fetch.Options{
		Proxy: "none", MaxConns: 1,
		CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
	})
	if err != nil {
		return nil, err
	}
	return &stage{cable: c, cert: cert, client: client, trace: newLooker(), done: make(chan error, 1)}, nil
}

func (s *stage) close() error {
	s.client.Close()
	if s.web == nil {
		return nil
	}
	return s.web.Close()
}

// listen serves HTTP/1.1 at the far end, or HTTP/2 over TLS. greeted, if there is
// one, is called when a client has sent its first message, before TLS answers.
func (s *stage) listen(ctx context.Context, secure bool, handler http.HandlerFunc, greeted func()) error {
	var l net.Listener
	err := s.server.do(func() (err error) {
		l, err = new(net.ListenConfig).Listen(ctx, "tcp4", net.JoinHostPort(s.there, "0"))
		return err
	})
	if err != nil {
		return err
	}
	s.web = &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	if !secure {
		s.base = "http://" + l.Addr().String()
		go func() { _ = s.web.Serve(l) }()
		return nil
	}
	s.base = "https://" + l.Addr().String()
	s.web.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS13}
	s.web.TLSConfig.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if greeted != nil {
			greeted()
		}
		return nil, nil
	}
	go func() { _ = s.web.ServeTLS(l, "", "") }()
	return nil
}

// get begins the Get that is looked at.
func (s *stage) get(ctx context.Context) {
	go func() { s.done <- s.one(ctx, s.trace) }()
}

// one is a whole Get.
func (s *stage) one(ctx context.Context, tr fetch.Trace) error {
	_, err := s.client.Get(ctx, fetch.Request{File: fetch.File{Base: s.base, Name: "file"}, Length: -1, Limit: 1 << 30}, io.Discard, tr)
	return err
}

// arrived waits until the client has so many bytes of the file.
func (s *stage) arrived(ctx context.Context, n int64) error {
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		if _, done, _ := s.trace.now(); done >= n {
			tick.Stop()
			return nil
		}
		select {
		case <-tick.C:
		case err := <-s.done:
			return fmt.Errorf("the fetch has ended before its time: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d bytes: %w", n, context.Cause(ctx))
		}
	}
}

// sends is a handler that sends pieces of a long file and then nothing more. Before
// each piece but the first it waits for a word.
func sends(next <-chan struct{}, pieces ...int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		for i, n := range pieces {
			if i > 0 {
				select {
				case <-next:
				case <-r.Context().Done():
					return
				}
			}
			_, _ = w.Write(make([]byte, n))
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

// certificate gives one that is good for all cables. It is as long as a chain of
// several is, so that it takes more than one packet.
func certificate(cables []*cable) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		Subject:      pkix.Name{Organization: []string{strings.Repeat("long ", 900)}},
		IsCA:         true, BasicConstraintsValid: true,
	}
	for _, c := range cables {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(c.there))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// looker keeps what a Get tells, as the engine does.
type looker struct {
	// hold is called when a phase begins, and keeps the Get there meanwhile. A Trace
	// must not block for long; an instant is what a fault needs to come in time.
	hold func(fetch.Phase)

	mu     sync.Mutex
	phase  fetch.Phase
	done   int64
	socket *fetch.Socket
	// At the last look.
	when   time.Time
	before *fetch.Facts
	had    int64
	of     *fetch.Socket
}

var _ fetch.SocketTrace = (*looker)(nil)

func newLooker() *looker { return &looker{hold: func(fetch.Phase) {}} }

// Enter keeps the phase.
func (l *looker) Enter(m fetch.Mark) {
	l.hold(m.Phase)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase = m.Phase
}

// Respond says that the body begins.
func (l *looker) Respond(fetch.Response) {}

// Got counts the bytes.
func (l *looker) Got(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += int64(n)
}

// Socket keeps the newest one.
func (l *looker) Socket(s *fetch.Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.socket = s
}

func (l *looker) now() (fetch.Phase, int64, *fetch.Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phase, l.done, l.socket
}

// look compares with the look before.
func (l *looker) look() (fetch.Phase, fetch.Diagnosis) {
	phase, done, socket := l.now()
	o := fetch.Observation{Phase: phase, Between: time.Since(l.when), Got: done - l.had, Done: done, Total: -1}
	if socket != nil {
		o.HTTP2, o.Proxied = socket.HTTP2, socket.Proxied
	}
	if f, ok := socket.Facts(); ok {
		o.After = &f
	}
	if socket == l.of {
		o.Before = l.before
	}
	l.when, l.before, l.had, l.of = time.Now(), o.After, done, socket
	return phase, fetch.Diagnose(o)
}

var errEnough = errors.New("enough seen")
