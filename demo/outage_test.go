package demo_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
)

func TestAFileCanBeCutOrBeAnother(t *testing.T) {
	s, content := small(t, demo.WithFault(theFile, demo.Fault{Kind: demo.Cut, After: 40}), demo.WithFault("targets/d/g", demo.Fault{Kind: demo.Replace, Content: "sign in"}))
	res, body, err := get(t.Context(), t, s.URL()+"/"+theFile)
	if err != nil || res.StatusCode != http.StatusOK || res.ContentLength != 40 || !bytes.Equal(body, content[:40]) {
		t.Errorf("cut: %v, %d bytes", err, len(body))
	}
	if res, body, err := get(t.Context(), t, s.URL()+"/targets/d/g"); err != nil || res.StatusCode != http.StatusOK || string(body) != "sign in" {
		t.Errorf("replaced: %v, %q", err, body)
	}
}

func TestHalfOfTheHeadersAreNoAnswer(t *testing.T) {
	s, content := small(t, demo.WithFault(theFile, demo.Fault{Kind: demo.HalfHeaders, Times: 2}))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { _, _, err := get(ctx, t, s.URL()+"/"+theFile); ended <- err }()
	until(t, "it stalls", func() bool { return s.Stalled(theFile) == 1 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	until(t, "the server notices", func() bool { return s.Stalled(theFile) == 0 })
	go func() { _, _, err := get(t.Context(), t, s.URL()+"/"+theFile); ended <- err }()
	until(t, "it stalls again", func() bool { return s.Release(theFile) == 1 })
	if err := <-ended; err == nil {
		t.Error("half an answer is whole after a release")
	}
	if _, body, err := get(t.Context(), t, s.URL()+"/"+theFile); err != nil || !bytes.Equal(body, content) {
		t.Errorf("the third request: %v", err)
	}
}

func TestAFaultHoldsForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		repo := build(t, demo.Spec{Start: start, PlainNames: true, Targets: []demo.Target{{Path: "f", Size: 10}}})
		h := demo.NewHandler(repo, demo.WithFault("targets/f",
			demo.Fault{Kind: demo.Status, Status: 404, For: 5 * time.Second}, demo.Fault{Kind: demo.Status, Status: 503, For: 7 * time.Second}))
		defer h.Close()
		for i, step := range []struct {
			wait time.Duration
			path string
			want int
		}{
			{time.Hour, "1.root.json", 200}, // who fetches the root is no client yet
			{time.Hour, "targets/f", 404},
			{time.Second, "timestamp.json", 200}, // the story begins
			{4999 * time.Millisecond, "targets/f", 404},
			{time.Millisecond, "timestamp.json", 200}, // and does not begin again
			{0, "targets/f", 503},
			{2 * time.Second, "targets/f", 200},
			{time.Minute, "timestamp.json", 200}, // nothing was asked for a minute, and no longer
			{0, "targets/f", 200},
			{2 * time.Minute, "targets/f", 200}, // as of a person who tries it again
			{time.Minute + time.Millisecond, "timestamp.json", 200},
			{4999 * time.Millisecond, "targets/f", 404}, // the next client sees it too
			{time.Millisecond, "targets/f", 503},
		} {
			time.Sleep(step.wait)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+step.path, nil))
			if w.Code != step.want {
				t.Errorf("step %d, %s after another %s: %d, want %d", i, step.path, step.wait, w.Code, step.want)
			}
		}
	})
}

func TestAServerGoesAwayAndComesBack(t *testing.T) {
	s, content := small(t, demo.WithRate(20_000), demo.WithOutages(demo.Outage{After: 200 * time.Millisecond, For: 400 * time.Millisecond}))
	if _, body, err := get(t.Context(), t, s.URL()+"/"+theFile); err != nil || !bytes.Equal(body, content) {
		t.Errorf("before any client has begun: %d bytes, %v", len(body), err)
	}
	begun := time.Now()
	if _, _, err := get(t.Context(), t, s.URL()+"/timestamp.json"); err != nil {
		t.Error(err)
	}
	_, body, err := get(t.Context(), t, s.URL()+"/"+theFile)
	if err == nil || len(body) == 0 || len(body) == len(content) {
		t.Errorf("a body that is under way: %d bytes, %v", len(body), err)
	}
	if _, _, err := get(t.Context(), t, s.URL()+"/targets/d/g"); !errors.Is(err, errReset) && time.Since(begun) < 600*time.Millisecond {
		t.Errorf("while it is away: %v", err)
	}
	until(t, "it is back", func() bool { _, _, err := get(t.Context(), t, s.URL()+"/targets/d/g"); return err == nil })
	if took := time.Since(begun); took < 600*time.Millisecond {
		t.Errorf("it is back after %s", took)
	}
}

// What is at a peer is silent in the way that its name says.
func TestPeersAreSilentEachInItsWay(t *testing.T) {
	repo := build(t, demo.Spec{Start: start, PlainNames: true, Targets: []demo.Target{
		{Path: "silent", Size: 10}, {Path: "tls", Size: 10}, {Path: "full", Size: 10},
	}})
	stage := demo.Stage{Repository: repo, Faults: []demo.Ailment{
		{Path: "targets/silent", Peer: demo.SilentPeer}, {Path: "targets/tls", Peer: demo.SilentTLS}, {Path: "targets/full", Peer: demo.FullPeer},
	}}
	s, err := stage.Serve()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, scheme := range map[string]string{"silent": "http://127.0.0.1:", "tls": "https://127.0.0.1:", "full": "http://127.0.0.1:"} {
		res, _, err := get(t.Context(), t, s.URL()+"/targets/"+name)
		if err != nil {
			t.Fatal(err)
		}
		to := res.Header.Get("Location")
		if !strings.HasPrefix(to, scheme) || strings.HasPrefix(to, s.URL()) {
			t.Errorf("%s is redirected to %q", name, to)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, _, err := get(ctx, t, to); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s answers: %v", name, err)
		}
		if runtime.GOOS != "linux" || name != "full" {
			continue
		}
		dialer := net.Dialer{Timeout: 300 * time.Millisecond}
		if c, err := dialer.DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(to, scheme[:7]), "/targets/full")); err == nil {
			c.Close()
			t.Errorf("%s takes a connection", name)
		}
	}
	begun := time.Now()
	s.Close()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("closing took %s", took)
	}
}

func TestScenariosAreTheSameForTheSameSeed(t *testing.T) {
	for _, s := range demo.Scenarios() {
		one, err := s.Build(3, start)
		if err != nil {
			t.Fatal(err)
		}
		two, err := s.Build(3, start)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one.Root(), two.Root()) || one.Root() == nil {
			t.Errorf("%s: the roots differ", s.Name)
		}
		for _, p := range one.Repository.Paths() {
			if !strings.HasSuffix(p, ".json") {
				continue
			}
			a, _ := one.Repository.ReadFile(p)
			b, err := two.Repository.ReadFile(p)
			if err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s: %s differs: %v", s.Name, p, err)
			}
		}
	}
}
