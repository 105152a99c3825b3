package engine

import (
	"context"
	"io"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// instant is a Source that has all files in memory and brings each at once, with the
// marks and the answer that a server's would bring.
type instant struct {
	*memory
	files map[string][]byte
}

func newInstant(tb testing.TB, repo *demo.Repository) *instant {
	tb.Helper()
	in := &instant{memory: newMemory(repo), files: map[string][]byte{}}
	for _, path := range repo.Paths() {
		data, err := repo.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		in.files[path] = data
	}
	return in
}

func (in *instant) Get(_ context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	folder := in.folder(req.Base)
	if folder == "." {
		folder = ""
	} else {
		folder += "/"
	}
	const address = "192.0.2.1:80"
	tr.Enter(fetch.Mark{Phase: fetch.Pool})
	tr.Enter(fetch.Mark{Phase: fetch.Send, Address: address, Reused: true})
	tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: address, Reused: true})
	data, ok := in.files[folder+req.Name]
	if !ok {
		return 0, &fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404}
	}
	tr.Respond(fetch.Response{Status: 200, Protocol: "HTTP/1.1", Length: int64(len(data)), Header: map[string]string{
		"Server": "bench", "Last-Modified": "Mon, 02 Jan 2006 15:04:05 GMT", "ETag": `"x"`,
	}})
	tr.Enter(fetch.Mark{Phase: fetch.Body, Address: address, Reused: true})
	n, err := sink.Write(data)
	tr.Got(n)
	return int64(n), err
}

// BenchmarkRunOf10000Targets measures what the engine and a reader of its events cost
// for each small target, without a network: that is the difference of the two, a
// ten-thousandth each.
func BenchmarkRunOf10000Targets(b *testing.B) {
	repo := build(b, 10_000)
	in := newInstant(b, repo)
	for name, metadataOnly := range map[string]bool{"all": false, "metadata": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cfg := DefaultConfig()
				cfg.Source, cfg.Repository, cfg.MetadataOnly = in, "https://repo", metadataOnly
				cfg.Root, cfg.RootSource = repo.Root(1), RootFile
				st, err := Run(b.Context(), cfg)
				if err != nil {
					b.Fatal(err)
				}
				if n := st.Targets.ByState[Verified]; !metadataOnly && n != 10_000 {
					b.Fatalf("%d verified", n)
				}
			}
		})
	}
}
