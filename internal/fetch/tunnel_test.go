package fetch

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowly answers each request on a connection after so long.
func slowly(c net.Conn, after time.Duration) {
	r := bufio.NewReader(c)
	for {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		time.Sleep(after)
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"); err != nil {
			return
		}
	}
}

// acceptCONNECT takes a proxy's part until the tunnel stands.
func acceptCONNECT(t *testing.T, c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil || r.Method != http.MethodConnect {
		t.Errorf("no CONNECT: %v, %v", r, err)
		return
	}
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
}

// acceptSOCKS does the same (RFC 1928) for a domain name.
func acceptSOCKS(t *testing.T, c net.Conn) {
	greeting := make([]byte, 3)
	if _, err := io.ReadFull(c, greeting); err != nil || greeting[0] != 5 {
		t.Errorf("no greeting: %v, %v", greeting, err)
		return
	}
	_, _ = c.Write([]byte{5, 0})
	head := make([]byte, 5)
	if _, err := io.ReadFull(c, head); err != nil || head[1] != 1 || head[3] != 3 {
		t.Errorf("no request: %v, %v", head, err)
		return
	}
	_, _ = io.ReadFull(c, make([]byte, int(head[4])+2))
	_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
}

// TestTunnelsOutliveTheProxyLimit: the limit of the proxy's answer ends when the
// tunnel stands. An answer that comes later, on a connection new or reused, is
// not cut off.
func TestTunnelsOutliveTheProxyLimit(t *testing.T) {
	for _, tt := range []struct {
		name, base, proxy string
		accept            func(*testing.T, net.Conn)
	}{
		{"CONNECT", "https://h.example", "http://p", acceptCONNECT},
		{"SOCKS with TLS", "https://h.example", "socks5h://p", acceptSOCKS},
		{"SOCKS", "http://h.example", "socks5h://p", acceptSOCKS},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert, ca := certificate(t, &x509.Certificate{DNSNames: []string{"h.example"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)})
				dial := pipes(func(c net.Conn) {
					tt.accept(t, c)
					if strings.HasPrefix(tt.base, "https") {
						c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
						defer c.Close()
					}
					slowly(c, 3*proxyLimit)
				})
				c, err := New(Options{DialContext: dial, Proxy: tt.proxy, CA: ca, MaxConns: 1})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				for i := range 2 {
					rec := &recorder{}
					n, err := c.Get(t.Context(), exactly(tt.base, "a", 5), io.Discard, rec)
					if err != nil || n != 5 {
						t.Fatalf("%d bytes, %v", n, err)
					}
					if rec.last().Reused != (i > 0) {
						t.Errorf("%+v", rec.last())
					}
					want := []Phase{Pool, Connect, Proxy, TLS, Send, Headers, Body}
					if strings.HasPrefix(tt.base, "http:") {
						want = slices.DeleteFunc(want, func(p Phase) bool { return p == TLS })
					}
					if i > 0 {
						want = []Phase{Pool, Send, Headers, Body}
					}
					if got := rec.phases(); !slices.Equal(got, want) {
						t.Errorf("phases %v, want %v", got, want)
					}
				}
			})
		})
	}
}
