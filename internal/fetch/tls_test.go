package fetch

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/finding"
)

// certificate makes a certificate that vouches for itself, and its PEM form.
func certificate(t *testing.T, c *x509.Certificate) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, c.IsCA, c.BasicConstraintsValid = big.NewInt(1), true, true
	c.Subject = pkix.Name{CommonName: "Test \x1b Authority"}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// certified starts a TLS server with a certificate of its own.
func certified(t *testing.T, c *x509.Certificate) (*httptest.Server, []byte) {
	t.Helper()
	cert, ca := certificate(t, c)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Config.ErrorLog = quiet()
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, ca
}

func TestCertificates(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name  string
		names []string
		from  time.Duration
		to    time.Duration
		trust bool
		text  string
	}{
		{"good", []string{"repo.example"}, -time.Hour, time.Hour, true, ""},
		{"of another host", []string{"other.example"}, -time.Hour, time.Hour, true, "certificate is for other.example, not repo.example"},
		{"of many other hosts", []string{"a.example", "b.example", "c.example", "d.example", "e.example"}, -time.Hour, time.Hour, true, "certificate is for a.example, b.example, c.example and 2 more, not repo.example"},
		{"of no host", nil, -time.Hour, time.Hour, true, "certificate is for no host at all, not repo.example"},
		{"expired", []string{"repo.example"}, -2 * time.Hour, -time.Hour, true, "certificate expired on " + now.Add(-time.Hour).UTC().Format(time.RFC3339)},
		{"not valid yet", []string{"repo.example"}, time.Hour, 2 * time.Hour, true, "certificate is not valid before " + now.Add(time.Hour).UTC().Format(time.RFC3339)},
		{"unknown", []string{"repo.example"}, -time.Hour, time.Hour, false, `certificate is signed by an unknown authority (Test \u{1b} Authority)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, ca := certified(t, &x509.Certificate{DNSNames: tt.names, NotBefore: now.Add(tt.from), NotAfter: now.Add(tt.to)})
			if !tt.trust {
				ca = nil
			}
			c := newClient(t, Options{CA: ca, Resolve: map[string]string{"Repo.example:443": s.Listener.Addr().String()}})
			o := get(t, c, file("https://repo.example/x", "a"))
			if tt.text == "" {
				if o.err != nil || string(o.body) != "HTTP/2.0" {
					t.Errorf("%q, %v", o.body, o.err)
				}
				return
			}
			if e := o.failure(t); e.Kind != finding.Unreachable || e.Retry || e.Text != tt.text {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestTLSIsRefused(t *testing.T) {
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	e := get(t, newClient(t, Options{}), file(strings.Replace(plain.URL, "http:", "https:", 1), "a")).failure(t)
	if e.Kind != finding.Unreachable || e.Retry || e.Text != "the server does not speak TLS on this port" {
		t.Errorf("plain: %+v", e)
	}

	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = quiet()
	old.StartTLS()
	t.Cleanup(old.Close)
	e = get(t, newClient(t, Options{CA: pemOf(old)}), file(old.URL, "a")).failure(t)
	if e.Kind != finding.Unreachable || e.Retry || !strings.Contains(e.Text, "TLS refused by the server") {
		t.Errorf("old: %+v", e)
	}
}

func TestProtocols(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	for want, http1 := range map[string]bool{"HTTP/2.0": false, "HTTP/1.1": true} {
		c := newClient(t, Options{CA: pemOf(s), HTTP1: http1})
		o := get(t, c, exactly(s.URL, "a", 8))
		if o.err != nil || string(o.body) != want {
			t.Fatalf("%q, %v", o.body, o.err)
		}
		if r := o.trace.responses[0]; r.Protocol != want || r.TLS != "TLS 1.3" || r.Length != 8 {
			t.Errorf("%+v", r)
		}
		if got := o.trace.phases(); !slices.Equal(got, []Phase{Pool, Connect, TLS, Send, Headers, Body}) {
			t.Errorf("phases %v", got)
		}
		if m := o.trace.last(); m.Reused || m.Address != s.Listener.Addr().String() {
			t.Errorf("%+v", m)
		}
		o = get(t, c, exactly(s.URL, "a", 8))
		if got := o.trace.phases(); !slices.Equal(got, []Phase{Pool, Send, Headers, Body}) || !o.trace.last().Reused {
			t.Errorf("again: phases %v, %+v", got, o.trace.last())
		}
	}
}
