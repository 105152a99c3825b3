package demo_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"go.uber.org/goleak"
)

func TestAStallGoesOnUntilItIsReleased(t *testing.T) {
	for name, fault := range map[string]demo.Fault{
		"before headers": {Kind: demo.StallHeaders, Times: 1},
		"in the body":    {Kind: demo.StallBody, After: 4321, Times: 1},
		"dripping":       {Kind: demo.Drip, After: 4321, Every: time.Hour, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, content := small(t, demo.WithFault(theFile, fault))
			var (
				wg   sync.WaitGroup
				body []byte
				err  error
			)
			wg.Go(func() { _, body, err = get(t.Context(), t, s.URL()+"/"+theFile) })
			until(t, "it stalls", func() bool { return s.Stalled(theFile) == 1 })
			s.ClearFault(theFile)
			if _, healthy, err := get(t.Context(), t, s.URL()+"/"+theFile); err != nil || !bytes.Equal(healthy, content) {
				t.Errorf("a second request meanwhile: %v", err)
			}
			if n := s.Stalled("targets/**"); n != 1 {
				t.Errorf("%d stalled after clearing the fault, want 1", n)
			}
			if n := s.Release("targets/d/g"); n != 0 {
				t.Errorf("%d released of another file", n)
			}
			if n := s.Release(theFile); n != 1 {
				t.Errorf("%d released, want 1", n)
			}
			wg.Wait()
			if err != nil || !bytes.Equal(body, content) {
				t.Errorf("after the release: %d bytes, %v", len(body), err)
			}
			until(t, "nothing is stalled", func() bool { return s.Stalled("**") == 0 })
		})
	}
}

func TestAStalledResponseEndsWithItsClient(t *testing.T) {
	s, _ := small(t, demo.WithFault("**", demo.Fault{Kind: demo.StallBody, After: 5}))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _, _, _ = get(ctx, t, s.URL()+"/"+theFile) })
	until(t, "it stalls", func() bool { return s.Stalled("**") == 1 })
	cancel()
	wg.Wait()
	until(t, "the server notices", func() bool { return s.Stalled("**") == 0 })
	until(t, "the log says so", func() bool {
		log := s.Log()
		return len(log) == 1 && log[0].Done && log[0].Bytes == 5 && log[0].Status == 200 && log[0].Fault == demo.StallBody && log[0].Path == theFile
	})
}

func TestCloseIsPromptAndLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	repo := build(t, demo.Spec{Start: start, PlainNames: true, Targets: []demo.Target{{Path: "f", Size: 64 << 20}}})
	s, err := demo.Serve(repo)
	if err != nil {
		t.Fatal(err)
	}
	faults := []demo.Fault{
		{Kind: demo.StallHeaders}, {Kind: demo.HalfHeaders}, {Kind: demo.StallBody, After: 1000}, {Kind: demo.Drip, Every: time.Hour},
		{Latency: time.Hour}, {Rate: 1}, {Kind: demo.Endless}, {},
	}
	closed := make(chan struct{})
	transport := &http.Transport{}
	var wg sync.WaitGroup
	for _, f := range faults {
		s.SetFault("targets/f", f)
		before := s.Requests("targets/f")
		for range 3 {
			wg.Go(func() {
				res, err := (&http.Client{Transport: transport}).Get(s.URL() + "/targets/f")
				if err != nil {
					return
				}
				defer res.Body.Close()
				if f.Kind == demo.Healthy && f.Rate == 0 {
					<-closed // a client that does not read
				}
				_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<30))
			})
		}
		until(t, "all are there", func() bool { return s.Requests("targets/f") == before+3 })
	}
	begun := time.Now()
	s.Close()
	close(closed)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("closing took %v", took)
	}
	s.Close()
	wg.Wait()
	transport.CloseIdleConnections()
	goleak.VerifyNone(t, before)
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("the server still answers")
	}
}
