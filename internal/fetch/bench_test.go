package fetch

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkGet measures a Get, the server in the same process included. Compare
// it with BenchmarkPlain, which is net/http alone.
func BenchmarkGet(b *testing.B) {
	for _, bb := range []struct {
		name string
		size int64
	}{{"4KiB", 4 << 10}, {"64MiB", 64 << 20}} {
		for _, kind := range []string{"HTTP1", "HTTP2", "folder"} {
			b.Run(bb.name+"/"+kind, func(b *testing.B) {
				var o Options
				base := ""
				switch kind {
				case "HTTP1":
					base = serve(b, blob).URL
				case "HTTP2":
					s := httptest.NewUnstartedServer(http.HandlerFunc(blob))
					s.EnableHTTP2 = true
					s.StartTLS()
					b.Cleanup(s.Close)
					base, o.CA = s.URL, pemOf(s)
				case "folder":
					base = folder(b, map[string]string{strconv.FormatInt(bb.size, 10): strings.Repeat("x", int(bb.size))})
				}
				c := newClient(b, o)
				req := exactly(base, strconv.FormatInt(bb.size, 10), bb.size)
				b.ReportAllocs()
				b.SetBytes(bb.size)
				for b.Loop() {
					if _, err := c.Get(b.Context(), req, io.Discard, deaf{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkPlain(b *testing.B) {
	for _, size := range []int64{4 << 10, 64 << 20} {
		b.Run(strconv.FormatInt(size>>10, 10)+"KiB", func(b *testing.B) {
			url := serve(b, blob).URL + "/" + strconv.FormatInt(size, 10)
			c := &http.Client{Transport: &http.Transport{}}
			defer c.CloseIdleConnections()
			b.ReportAllocs()
			b.SetBytes(size)
			for b.Loop() {
				resp, err := c.Get(url)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}

// blob serves as many bytes as its name says.
func blob(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/"), 10, 64)
	w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
	p := make([]byte, min(n, 64<<10))
	for ; n > 0; n -= int64(len(p)) {
		if _, err := w.Write(p[:min(n, int64(len(p)))]); err != nil {
			return
		}
	}
}

// BenchmarkLocate measures what every target of a large repository costs before
// it is fetched.
func BenchmarkLocate(b *testing.B) {
	c := newClient(b, Options{})
	for _, name := range []string{"releases/1.2.3/tool-linux-amd64.tar.gz", "releases/1.2.3/tool (linux).tar.gz"} {
		b.Run(strconv.Itoa(len(name)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Locate(File{Base: "https://example.org/repo/targets", Name: name}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
