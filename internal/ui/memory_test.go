package ui

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// shelf is a source with the metadata of a made-up repository in memory. Its targets
// are silent for ever, so that nearly all of them stay queued, or come at once: each
// has its path for content.
type shelf struct {
	files map[string][]byte
	full  bool
}

const shelfURL = "https://tuf.example.org/repository"

func (s shelf) Locate(f fetch.File) (string, error) { return f.Base + "/" + f.Name, nil }
func (s shelf) Close()                              {}

func (s shelf) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	data, ok := s.files[req.Name]
	switch {
	case !req.Flat && s.full:
		dir, name := path.Split(req.Name)
		_, name, ok = strings.Cut(name, ".") // the hash
		data = []byte(dir + name)
		at := fetch.Mark{Phase: fetch.Headers, Address: strings.Clone("192.0.2.1:443")}
		tr.Enter(at)
		tr.Respond(fetch.Response{Status: 200, Protocol: strings.Clone("HTTP/1.1"), Length: int64(len(data))})
		at.Phase = fetch.Body
		tr.Enter(at)
	case !req.Flat:
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}
	if !ok {
		return 0, &fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404}
	}
	n, err := sink.Write(data)
	return int64(n), err
}

// stock makes a repository with n targets in so many hash bins, or all in the top
// role. None of their files exist.
func stock(b *testing.B, n, bins int) (shelf, []byte) {
	b.Helper()
	lists := map[string]map[string]any{}
	prefix := "targets"
	spec := demo.Spec{Seed: 1, Start: time.Now().Add(-time.Hour)}
	if bins > 0 {
		spec.Bins, prefix = &demo.Bins{Count: bins, Prefix: "bin"}, ""
	}
	digits := len(strconv.FormatInt(int64(bins-1), 16))
	for i := range n {
		p := fmt.Sprintf("releases/1.%d.%d/linux/amd64/package-%07d.tar.zst", i/10_000, i/100%100, i)
		sum := sha256.Sum256([]byte(p))
		role := prefix
		if bins > 0 {
			role = fmt.Sprintf("bin-%0*x", digits, uint64(binary.BigEndian.Uint32(sum[:4]))*uint64(bins)>>32)
		}
		if lists[role] == nil {
			lists[role] = map[string]any{}
		}
		lists[role][p] = map[string]any{"length": int64(len(p)), "hashes": map[string]any{"sha256": hex.EncodeToString(sum[:])}}
	}
	spec.Tamper = func(name string, signed map[string]any) {
		if l := lists[name]; l != nil {
			signed["targets"] = l
		}
	}
	repo, err := spec.Build()
	if err != nil {
		b.Fatal(err)
	}
	s := shelf{files: map[string][]byte{}}
	for _, p := range repo.Paths() {
		if s.files[path.Base(p)], err = repo.ReadFile(p); err != nil {
			b.Fatal(err)
		}
	}
	return s, repo.Root(1)
}

// The benchmarks of memory run a session that a person watches, up to the moment at
// which all targets are known and queued, and give the bytes that live for each target
// then. What both sides share counts as the engine's.
func BenchmarkMemory300000InOneRole(b *testing.B) { benchmarkMemory(b, 300_000, 0, false) }
func BenchmarkMemoryMillionIn16Bins(b *testing.B) { benchmarkMemory(b, 1_000_000, 16, false) }
func BenchmarkMemoryMillionTargets(b *testing.B)  { benchmarkMemory(b, 1_000_000, 1024, false) }

// BenchmarkMemory100000Verified goes on until all have been verified.
func BenchmarkMemory100000Verified(b *testing.B) { benchmarkMemory(b, 100_000, 64, true) }

func benchmarkMemory(b *testing.B, n, bins int, full bool) {
	source, root := stock(b, n, bins)
	source.full = full
	before := live()
	for b.Loop() {
		w := watch(b, source, root, n)
		all := live() - before
		w.m = nil
		eng := live() - before
		runtime.KeepAlive(w.s)
		quit := w.end()
		per := float64(n)
		b.ReportMetric(float64(all)/per, "B/target")
		b.ReportMetric(float64(eng)/per, "engine-B/target")
		b.ReportMetric(float64(all-eng)/per, "ui-B/target")
		b.ReportMetric(float64(w.peak-before)/per, "peak-B/target")
		b.ReportMetric(ms(w.took), "ms-load")
		b.ReportMetric(ms(quit), "ms-quit")
		b.ReportMetric(ms(w.loop), "ms-loop-longest")
		b.ReportMetric(ms(w.fold), "ms-fold-longest")
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// live is how many bytes are in use on the heap once all garbage is gone.
func live() int64 {
	runtime.GC()
	runtime.GC() // what the first one found to have finalizers, and pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// watched is a session whose targets are all known.
type watched struct {
	s      *engine.Session
	m      *model
	took   time.Duration // until then
	loop   time.Duration // the longest for which the control loop took no command
	fold   time.Duration // the longest that a part of a batch took
	peak   int64         // bytes on the heap, garbage included
	closed chan struct{}
}

func watch(b *testing.B, source shelf, root []byte, n int) *watched {
	b.Helper()
	cfg := engine.DefaultConfig()
	cfg.Source, cfg.Repository, cfg.Interactive, cfg.Workers = source, shelfURL, true, 4
	cfg.Root, cfg.RootSource = root, engine.RootFile
	began := time.Now()
	s, err := engine.Start(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	w := &watched{s: s, m: newModel(look{theme: Dark}, time.Now), closed: make(chan struct{})}
	w.m.resize(120, 36)
	stop := make(chan struct{})
	go func() {
		defer close(w.closed)
		w.probe(stop)
	}()
	for u := range s.Updates() {
		sc := &screen{m: w.m, rest: u.Events} // which folds large batches in parts
		for more := true; more; {
			at := time.Now()
			more = sc.foldSome()
			w.fold = max(w.fold, time.Since(at))
		}
		if done := &w.m.st.Targets; done.Total == n && (!source.full || done.ByState[engine.Verified] == n) {
			break
		}
	}
	w.took = time.Since(began)
	close(stop)
	<-w.closed
	if w.m.st.Violations != 0 || w.m.st.Targets.Total != n {
		b.Fatalf("%d targets, %d violations", w.m.st.Targets.Total, w.m.st.Violations)
	}
	return w
}

// probe looks at the heap and sends commands that change nothing until it is stopped.
func (w *watched) probe(stop <-chan struct{}) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-stop:
			return
		case <-every.C:
		}
		metrics.Read(heap)
		w.peak = max(w.peak, int64(heap[0].Value.Uint64()))
		at := time.Now()
		w.s.Send(engine.SetWorkers{N: 4})
		w.loop = max(w.loop, time.Since(at))
	}
}

// end stops the run at once and gives how long it takes to hear of the end of all items.
func (w *watched) end() time.Duration {
	began := time.Now()
	w.s.Send(engine.Stop{Now: true})
	for range w.s.Updates() {
	}
	w.s.Close()
	return time.Since(began)
}
