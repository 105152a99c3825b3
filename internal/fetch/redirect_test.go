package fetch

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

func TestRedirects(t *testing.T) {
	own := http.Header{"X-Token": {"secret"}, "Cookie": {"secret=1"}}
	var elsewhere, home *httptest.Server
	var seen []string // "host path header"
	note := func(r *http.Request) {
		_, _, auth := r.BasicAuth()
		seen = append(seen, fmt.Sprintf("%s %v %v %v", r.URL.Path, auth, r.Header.Get("X-Token") != "", r.Header.Get("Cookie") != ""))
	}
	elsewhere = serve(t, func(w http.ResponseWriter, r *http.Request) {
		note(r)
		if r.URL.Path == "/back" {
			http.Redirect(w, r, home.URL+"/final", http.StatusFound)
			return
		}
		io.WriteString(w, "12345")
	})
	elsewhereName := strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)
	home = serve(t, func(w http.ResponseWriter, r *http.Request) {
		note(r)
		to := map[string]string{
			"/same":     "/final",
			"/relative": "final",
			"/away":     elsewhere.URL + "/x",
			"/named":    "//evil:pw@" + strings.TrimPrefix(elsewhereName, "http://") + "/x#frag",
			"/return":   elsewhere.URL + "/back",
			"/loop":     "/loop",
			"/file":     "file:///etc/hostname",
			"/ftp":      "ftp://h/x",
			"/script":   "javascript:alert(1)",
			"/nohost":   "http:///x",
			"/opaque":   "http:x",
			"/bad":      "http://h/%zz",
		}[r.URL.Path]
		if n := 0; strings.HasPrefix(r.URL.Path, "/n") && to == "" {
			fmt.Sscanf(r.URL.Path, "/n%d", &n)
			if to = fmt.Sprintf("/n%d", n-1); n <= 1 {
				to = "/final"
			}
		}
		if to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader([]int{301, 302, 303, 307, 308}[len(seen)%5])
			return
		}
		io.WriteString(w, "12345")
	})
	base := strings.Replace(home.URL, "://", "://user:pass@", 1)
	c := newClient(t, Options{Header: own})
	for _, tt := range []struct {
		name string
		want []string
		text string
	}{
		{"same", []string{"/same true true true", "/final true true true"}, ""},
		{"relative", []string{"/relative true true true", "/final true true true"}, ""},
		{"away", []string{"/away true true true", "/x false false false"}, ""},
		{"named", []string{"/named true true true", "/x false false false"}, ""},
		{"return", []string{"/return true true true", "/back false false false", "/final false false false"}, ""},
		{"n5", nil, ""},
		{"n6", nil, "more than 5 redirects"},
		{"loop", nil, "more than 5 redirects"},
		{"file", nil, "a redirect to an address of the scheme file"},
		{"ftp", nil, "a redirect to an address of the scheme ftp"},
		{"script", nil, "a redirect to an address of the scheme javascript"},
		{"nohost", nil, "a redirect to an address without a host"},
		{"opaque", nil, "a redirect to an address without a host"},
		{"bad", nil, "a redirect to an address that cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seen = nil
			o := get(t, c, exactly(base, tt.name, 5))
			if tt.want != nil && !slices.Equal(seen, tt.want) {
				t.Errorf("the servers saw %q, want %q", seen, tt.want)
			}
			if tt.text == "" {
				if o.err != nil {
					t.Error(o.err)
				}
				if len(o.trace.responses) != len(seen) {
					t.Errorf("%d answers heard of, %d sent", len(o.trace.responses), len(seen))
				}
				return
			}
			if e := o.failure(t); e.Kind != finding.UnsafeRedirect || e.Retry || e.Text != tt.text || e.Status < 301 {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestRedirectFromTLSToPlain(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("was asked") })
	s := httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/x", http.StatusFound))
	t.Cleanup(s.Close)
	e := get(t, newClient(t, Options{CA: pemOf(s)}), file(s.URL, "a")).failure(t)
	if e.Kind != finding.UnsafeRedirect || e.Text != "a redirect from https to http" {
		t.Errorf("got %+v", e)
	}
}

func TestRedirectFromPlainToTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != "" {
			t.Error("got the headers of another port")
		}
	}))
	t.Cleanup(s.Close)
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+"/x", http.StatusMovedPermanently)
	})
	o := get(t, newClient(t, Options{CA: pemOf(s), Header: http.Header{"X-Token": {"1"}}}), file(plain.URL, "a"))
	if o.err != nil || o.trace.responses[1].TLS != "TLS 1.3" {
		t.Errorf("%v, %+v", o.err, o.trace.responses)
	}
}

func TestSameServer(t *testing.T) {
	for _, tt := range []struct {
		first, next string
		want        bool
	}{
		{"https://h/a", "https://H/b", true},
		{"https://h/a", "https://h:443/b", true},
		{"http://h/a", "https://h/b", true},
		{"http://h:80/a", "https://h:443/b", true},
		{"http://h:8080/a", "https://h/b", false},
		{"http://h/a", "https://h:8443/b", false},
		{"https://h/a", "https://h:8443/b", false},
		{"https://h/a", "https://x.h/b", false},
		{"https://x.h/a", "https://h/b", false},
		{"https://h/a", "http://h/b", false},
	} {
		first, _ := url.Parse(tt.first)
		next, _ := url.Parse(tt.next)
		if got := sameServer(first, next); got != tt.want {
			t.Errorf("%s to %s: %v", tt.first, tt.next, got)
		}
	}
}
