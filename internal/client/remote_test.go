package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/client"
	"example.com/tufinspect/internal/fetch"
)

// script is a Source that plays what happens in a fetch.
type script struct {
	fetch.Source
	play func(ctx context.Context, sink io.Writer, tr fetch.Trace) error
}

func (s script) Get(ctx context.Context, _ fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	return 0, s.play(ctx, sink, tr)
}

// wait lets time go by, or ends with the context.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

func TestAServerThatDoesNotGetOnIsGivenUp(t *testing.T) {
	drip := func(every time.Duration, n int) func(context.Context, io.Writer, fetch.Trace) error {
		return func(ctx context.Context, _ io.Writer, tr fetch.Trace) error {
			for {
				if err := wait(ctx, every); err != nil {
					return err
				}
				tr.Got(n)
			}
		}
	}
	for _, c := range []struct {
		name  string
		play  func(context.Context, io.Writer, fetch.Trace) error
		fails string // "" if it is waited for
		after time.Duration
	}{
		{"nothing ever comes", func(ctx context.Context, _ io.Writer, _ fetch.Trace) error { return wait(ctx, time.Hour) }, "nothing came for 30s", 30 * time.Second},
		{"it stops in the middle", func(ctx context.Context, _ io.Writer, tr fetch.Trace) error {
			tr.Enter(fetch.Mark{Phase: fetch.Body})
			tr.Got(1000)
			if err := wait(ctx, 20*time.Second); err != nil {
				return err
			}
			tr.Got(10_000)
			return wait(ctx, time.Hour)
		}, "nothing came for 30s", 50 * time.Second},
		{"a byte a second", drip(time.Second, 1), "too slow: 32 bytes in 31s", 32 * time.Second},
		{"each phase takes its time", func(ctx context.Context, _ io.Writer, tr fetch.Trace) error {
			for p := fetch.Pool; p <= fetch.Body; p++ {
				if err := wait(ctx, 25*time.Second); err != nil {
					return err
				}
				tr.Enter(fetch.Mark{Phase: p})
			}
			return nil
		}, "", 200 * time.Second},
		{"a slow one that gets on", func(ctx context.Context, _ io.Writer, tr fetch.Trace) error {
			for range 600 {
				if err := wait(ctx, time.Second); err != nil {
					return err
				}
				tr.Got(300)
			}
			return nil
		}, "", 600 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &client.Remote{Source: script{play: c.play}, Patience: client.DefaultPatience()}
				begin := time.Now()
				err := r.Fetch(t.Context(), "timestamp.json", -1, 1000, io.Discard)
				if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
					t.Errorf("the error is %v, want %q", err, c.fails)
				}
				if took := time.Since(begin); took != c.after {
					t.Errorf("it took %s, want %s", took, c.after)
				}
			})
		})
	}
}

func TestAServerThatIsSilentEndsTheUpdate(t *testing.T) {
	for _, fault := range []demo.FaultKind{demo.StallHeaders, demo.StallBody, demo.Drip} {
		t.Run(fault.String(), func(t *testing.T) {
			w := newWorld(t, demo.Spec{}, nil)
			w.server.SetFault("timestamp.json", demo.Fault{Kind: fault, After: 10})
			patience := client.Patience{Silence: 200 * time.Millisecond, Rate: 1000}
			if fault == demo.Drip {
				w.server.SetFault("timestamp.json", demo.Fault{Kind: fault, After: 10, Every: 50 * time.Millisecond})
			}
			c := client.New(client.Config{
				Metadata: &client.Remote{Source: w.source, Base: w.server.URL(), Flat: true, Patience: patience}, Cache: w.cache, At: w.at,
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := c.Refresh(ctx); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "fetching timestamp.json") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestAnUpdateEndsWithItsContext(t *testing.T) {
	w := newWorld(t, demo.Spec{}, nil)
	w.server.SetFault("timestamp.json", demo.Fault{Kind: demo.StallHeaders})
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		for w.server.Stalled("timestamp.json") == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel(why)
	}()
	if err := w.client().Refresh(ctx); !errors.Is(err, why) {
		t.Errorf("the error is %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	l.Close()
	w := newWorld(t, demo.Spec{}, nil)
	c := client.New(client.Config{Metadata: &client.Remote{Source: w.source, Base: url, Flat: true, Patience: client.DefaultPatience()}, Cache: w.cache, At: w.at})
	if err := c.Refresh(t.Context()); err == nil || errors.Is(err, client.ErrAbsent) {
		t.Errorf("the error is %v", err)
	}
}

func TestWhatCountsAsNotThere(t *testing.T) {
	for status, absent := range map[int]bool{http.StatusNotFound: true, http.StatusForbidden: true, http.StatusGone: true, http.StatusUnauthorized: false, http.StatusInternalServerError: false} {
		w := newWorld(t, demo.Spec{}, nil)
		w.server.SetFault("timestamp.json", demo.Fault{Kind: demo.Status, Status: status})
		r := &client.Remote{Source: w.source, Base: w.server.URL(), Flat: true, Patience: client.DefaultPatience()}
		if err := r.Fetch(t.Context(), "timestamp.json", -1, 1000, io.Discard); err == nil || errors.Is(err, client.ErrAbsent) != absent {
			t.Errorf("%d: the error is %v", status, err)
		}
	}
}

func TestABaseKeepsItsEscapes(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked = append(asked, r.RequestURI) }))
	defer s.Close()
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	base, err := fetch.ParseBase(s.URL + "/test%5B..%2Frole%5D/metadata/")
	if err != nil {
		t.Fatal(err)
	}
	for name, flat := range map[string]bool{"1.../role.json": true, "dir/a": false} {
		r := &client.Remote{Source: source, Base: base, Flat: flat, Patience: client.DefaultPatience()}
		if err := r.Fetch(t.Context(), name, -1, 1000, io.Discard); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(asked)
	want := []string{"/test%5B..%2Frole%5D/metadata/1...%2Frole.json", "/test%5B..%2Frole%5D/metadata/dir/a"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q\nwant %q", asked, want)
	}
}
