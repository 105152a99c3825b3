package fetch

import (
	"context"
	"io"
	"net"
	"net/http/httptrace"
	"slices"
	"testing"
	"testing/synctest"
)

// told is a Teller that is also a connection.
type told struct {
	net.Conn
	facts Facts
}

func (c told) Facts() (Facts, bool) { return c.facts, true }

// TestANetworkInMemoryTellsWhatASystemWould: what it resolves, what it connects to,
// and what it knows of a connection, before and after that is up.
func TestANetworkInMemoryTellsWhatASystemWould(t *testing.T) {
	inFlight := told{facts: Facts{State: SynSent, TotalRetransmits: 3}}
	for _, tt := range []struct {
		name    string
		dial    func(context.Context, *httptrace.ClientTrace, net.Conn) (net.Conn, error)
		proxy   string
		phases  []Phase
		address string
		facts   Facts
		proxied bool
	}{
		{"it resolves", func(ctx context.Context, hooks *httptrace.ClientTrace, _ net.Conn) (net.Conn, error) {
			hooks.DNSStart(httptrace.DNSStartInfo{Host: "h"})
			<-ctx.Done()
			return nil, ctx.Err()
		}, "none", []Phase{Pool, DNS}, "", Facts{}, false},
		{"it connects", func(ctx context.Context, hooks *httptrace.ClientTrace, _ net.Conn) (net.Conn, error) {
			hooks.DNSStart(httptrace.DNSStartInfo{Host: "h"})
			hooks.ConnectStart("tcp", "192.0.2.1:80")
			Attempting(ctx, "192.0.2.1:80", inFlight)
			<-ctx.Done()
			return nil, ctx.Err()
		}, "none", []Phase{Pool, DNS, Connect}, "192.0.2.1:80", inFlight.facts, false},
		{"it connects to a proxy", func(ctx context.Context, hooks *httptrace.ClientTrace, _ net.Conn) (net.Conn, error) {
			hooks.ConnectStart("tcp", "192.0.2.2:80")
			Attempting(ctx, "192.0.2.2:80", inFlight)
			<-ctx.Done()
			return nil, ctx.Err()
		}, "http://p", []Phase{Pool, Connect}, "192.0.2.2:80", inFlight.facts, true},
		{"it is connected", func(_ context.Context, hooks *httptrace.ClientTrace, up net.Conn) (net.Conn, error) {
			hooks.ConnectStart("tcp", "192.0.2.1:80")
			return told{up, Facts{State: Established, Unread: 7}}, nil
		}, "none", []Phase{Pool, Connect, Send, Headers}, "pipe", Facts{State: Established, Unread: 7}, false},
		{"it is connected and silent about it", func(_ context.Context, _ *httptrace.ClientTrace, up net.Conn) (net.Conn, error) {
			return up, nil
		}, "none", []Phase{Pool, Send, Headers}, "", Facts{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				defer server.Close()
				go silent(server)
				c, err := New(Options{Proxy: tt.proxy, DialHooks: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return tt.dial(ctx, httptrace.ContextClientTrace(ctx), client)
				}})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				ctx, cancel := context.WithCancel(t.Context())
				look := &listening{}
				done := make(chan error)
				go func() {
					_, err := c.Get(ctx, file("http://h", "a"), io.Discard, look)
					done <- err
				}()
				synctest.Wait()
				if got := look.phases(); !slices.Equal(got, tt.phases) {
					t.Errorf("phases %v, want %v", got, tt.phases)
				}
				facts, ok := look.socket.Facts()
				if facts != tt.facts || ok != (tt.address != "") {
					t.Errorf("%+v, %v", facts, ok)
				}
				if ok && (look.socket.Address != tt.address || look.socket.Proxied != tt.proxied) {
					t.Errorf("%+v", look.socket)
				}
				cancel()
				<-done
			})
		})
	}
}

// listening is a recorder that keeps the newest socket.
type listening struct {
	recorder
	socket *Socket
}

func (l *listening) Socket(s *Socket) { l.socket = s }

func TestAnAttemptOfNoGetIsHandedToNobody(t *testing.T) {
	Attempting(t.Context(), "192.0.2.1:80", told{})
}
