package engine

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

const cutSize = 1_000_000

// cutRepository has one target, of a million bytes.
func cutRepository(t testing.TB) *demo.Repository {
	t.Helper()
	return build(t, 0, func(s *demo.Spec) { s.Targets = []demo.Target{{Path: "big", Size: cutSize}} })
}

// overSockets is a configuration for a repository behind real sockets, until the
// test ends.
func overSockets(t *testing.T, repo *demo.Repository, h http.Handler) Config {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	source, err := fetch.New(fetch.Options{Proxy: "none", MaxConns: 2 * AutoWorkers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.Close)
	cfg := DefaultConfig()
	cfg.Source, cfg.Repository = source, server.URL
	cfg.Root, cfg.RootSource = repo.Root(1), RootFile
	cfg.StallAfter, cfg.StallTimeout = 300*time.Millisecond, 300*time.Millisecond
	return cfg
}

// inspectOver makes a whole run over real sockets.
func inspectOver(t *testing.T, repo *demo.Repository, h http.Handler, change func(*Config)) *State {
	t.Helper()
	cfg := overSockets(t, repo, h)
	if change != nil {
		change(&cfg)
	}
	st, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	checkRun(t, st)
	return st
}

func requestsFor(log []demo.Request, path string) (ranges []string, sent int64) {
	for _, r := range log {
		if strings.HasPrefix(r.Path, "targets/") && strings.HasSuffix(r.Path, path) {
			ranges = append(ranges, r.Range)
			sent += r.Bytes
		}
	}
	return ranges, sent
}

func TestABodyThatIsCutThreeTimesGoesOnWhereItWas(t *testing.T) {
	for _, kind := range []demo.FaultKind{demo.Short, demo.StallBody} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			repo := cutRepository(t)
			h := demo.NewHandler(repo)
			defer h.Close()
			// Each at 60 % of what was left.
			h.SetFault("targets/big", demo.Fault{Kind: kind, After: 600_000, Times: 1},
				demo.Fault{Kind: kind, After: 840_000, Times: 1}, demo.Fault{Kind: kind, After: 936_000, Times: 1})
			// One retry is enough, because each attempt brings the file on.
			st := inspectOver(t, repo, h, func(c *Config) { c.Retries = 1 })
			it := byPath(t, st, "big")
			if it.State != Verified || it.Tries() != 4 || it.Attempts()[3].From != 936_000 || it.Done != cutSize {
				t.Errorf("%s, %+v\n%s", it.State, it.Attempts(), show(st))
			}
			var ranges []string
			var sent int64
			// The handler counts what it has handed over, which the client may have by then.
			eventually(t, "all bytes to be counted", func() bool {
				ranges, sent = requestsFor(h.Log(), "big")
				return sent >= cutSize
			})
			if want := "[ bytes=600000- bytes=840000- bytes=936000-]"; fmt.Sprint(ranges) != want || sent != cutSize {
				t.Errorf("asked for %s, want %s; %d bytes sent", ranges, want, sent)
			}
			if st.Queue.Bytes < cutSize || st.Queue.Bytes > cutSize+100_000 {
				t.Errorf("%d bytes counted", st.Queue.Bytes)
			}
		})
	}
}

// Over HTTP/2 a stream is reset, and the connection stays.
func TestABodyThatIsCutGoesOnWhereItWasOverHTTP2(t *testing.T) {
	t.Parallel()
	repo := cutRepository(t)
	h := demo.NewHandler(repo)
	defer h.Close()
	h.SetFault("targets/big", demo.Fault{Kind: demo.Short, After: 600_000, Times: 1}, demo.Fault{Kind: demo.Short, After: 840_000, Times: 1})
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	source, err := fetch.New(fetch.Options{Proxy: "none", CA: ca, MaxConns: 2 * AutoWorkers})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cfg := DefaultConfig()
	cfg.Source, cfg.Repository = source, server.URL
	cfg.Root, cfg.RootSource, cfg.Retries = repo.Root(1), RootFile, 1
	st, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	checkRun(t, st)
	it := byPath(t, st, "big")
	// Some of the bytes before a reset may be lost with it.
	if it.State != Verified || it.Tries() != 3 || it.Attempts()[2].From == 0 || it.Attempts()[2].Response.Protocol != "HTTP/2.0" {
		t.Errorf("%s, %+v\n%s", it.State, it.Attempts(), show(st))
	}
	if ranges, _ := requestsFor(h.Log(), "big"); len(ranges) != 3 || ranges[1] == "" || ranges[2] == "" {
		t.Errorf("asked for %q", ranges)
	}
}

// stripped is a server that knows no ranges.
func stripped(h http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		h.ServeHTTP(w, r)
	}
}

func TestAServerThatSendsTheWholeFileInPlaceOfTheRestStartsOver(t *testing.T) {
	t.Parallel()
	repo := cutRepository(t)
	h := demo.NewHandler(repo)
	defer h.Close()
	h.SetFault("targets/big", demo.Fault{Kind: demo.Short, After: 600_000, Times: 2})
	st := inspectOver(t, repo, stripped(h), nil)
	it := byPath(t, st, "big")
	var sent int64
	eventually(t, "all bytes to be counted", func() bool {
		_, sent = requestsFor(h.Log(), "big")
		return sent >= 2*600_000+cutSize
	})
	if it.State != Verified || it.Done != cutSize || sent != 2*600_000+cutSize {
		t.Errorf("%s, %d bytes, %d sent\n%s", it.State, it.Done, sent, show(st))
	}
}

// A server that always breaks off at the same place brings nothing on after the
// first time.
func TestAServerThatAlwaysBreaksOffAtOnePlaceGetsABoundedNumberOfAttempts(t *testing.T) {
	t.Parallel()
	repo := cutRepository(t)
	h := demo.NewHandler(repo)
	defer h.Close()
	h.SetFault("targets/big", demo.Fault{Kind: demo.Short, After: 600_000})
	st := inspectOver(t, repo, stripped(h), func(c *Config) { c.Retries = 2 })
	it := byPath(t, st, "big")
	if it.State != Failed || it.Problem.Kind != finding.Incomplete || !it.Problem.Retry || it.Tries() != 3 {
		t.Errorf("%s after %d attempts: %+v", it.State, it.Tries(), it.Problem)
	}
}

func TestAServerThatLiesAboutTheRestIsNeverBelieved(t *testing.T) {
	content := func(repo *demo.Repository) []byte {
		target, _ := repo.Target("big")
		data, err := repo.ReadFile(target.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, tt := range []struct {
		name string
		// answer is what comes to a request for the rest, after 600,000 bytes.
		answer func(w http.ResponseWriter, all []byte)
		state  ItemState
	}{
		{"the place in Content-Range is another one", func(w http.ResponseWriter, all []byte) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 500000-999999/%d", cutSize))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(all[500_000:])
		}, Verified}, // from the first byte, at the next attempt
		{"the bytes are of another place", func(w http.ResponseWriter, all []byte) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 600000-999999/%d", cutSize))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(all[500_000:900_000])
		}, Verified},
		{"the length is another one", func(w http.ResponseWriter, all []byte) {
			w.Header().Set("Content-Range", "bytes 600000-899999/900000")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(all[600_000:900_000])
		}, Verified},
		{"no Content-Range at all", func(w http.ResponseWriter, all []byte) {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(all[600_000:])
		}, Verified},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			repo := cutRepository(t)
			all := content(repo)
			h := demo.NewHandler(repo)
			defer h.Close()
			h.SetFault("targets/big", demo.Fault{Kind: demo.Short, After: 600_000, Times: 1})
			lies := 0
			st := inspectOver(t, repo, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					lies++
					tt.answer(w, all)
					return
				}
				h.ServeHTTP(w, r)
			}), nil)
			it := byPath(t, st, "big")
			if it.State != tt.state || lies != 1 || it.Done != cutSize {
				t.Errorf("%s after %d attempts and %d lies: %+v", it.State, it.Tries(), lies, it.Problem)
			}
		})
	}
}

// The file is another one when it goes on, and the server does not say so. One more
// look from the first byte settles it, without a try left for anything else.
func TestAMismatchAfterAResumeIsLookedAtOnceMoreFromTheFirstByte(t *testing.T) {
	for _, good := range []bool{true, false} {
		t.Run(fmt.Sprintf("good at last: %v", good), func(t *testing.T) {
			t.Parallel()
			repo := cutRepository(t)
			h := demo.NewHandler(repo)
			defer h.Close()
			faults := []demo.Fault{{Kind: demo.Short, After: 600_000, Times: 1}, {Kind: demo.Corrupt, After: 700_000, Times: 1}}
			if !good {
				faults = append(faults, demo.Fault{Kind: demo.Corrupt, After: 700_000})
			}
			h.SetFault("targets/big", faults...)
			st := inspectOver(t, repo, h, func(c *Config) { c.Retries = 1 })
			it := byPath(t, st, "big")
			ranges, _ := requestsFor(h.Log(), "big")
			if fmt.Sprint(ranges) != "[ bytes=600000- ]" {
				t.Errorf("asked for %q", ranges)
			}
			if good && it.State != Verified || !good && (it.State != Failed || it.Problem.Kind != finding.WrongHash) {
				t.Errorf("%s: %+v", it.State, it.Problem)
			}
		})
	}
}

func TestARetryPastCachesBeginsAtTheFirstByte(t *testing.T) {
	for _, noCache := range []bool{false, true} {
		t.Run(fmt.Sprintf("past caches: %v", noCache), func(t *testing.T) {
			t.Parallel()
			repo := cutRepository(t)
			h := demo.NewHandler(repo)
			defer h.Close()
			h.SetFault("targets/big", demo.Fault{Kind: demo.StallBody, After: 600_000, Times: 1})
			cfg := overSockets(t, repo, h)
			cfg.StallTimeout, cfg.Interactive = 0, true
			st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
				switch b := e.Body.(type) {
				case StateChanged:
					if b.To == Stalled && st.Item(b.Item).Path == "big" && b.Attempt == 1 {
						go s.Send(Retry{Items: []ItemID{b.Item}, NoCache: noCache})
					}
				case RunSettled:
					go s.Send(Stop{})
				}
			})
			checkRun(t, st)
			want := "[ bytes=600000-]"
			if noCache {
				want = "[ ]"
			}
			if ranges, _ := requestsFor(h.Log(), "big"); fmt.Sprint(ranges) != want {
				t.Errorf("asked for %q, want %s", ranges, want)
			}
			if it := byPath(t, st, "big"); it.State != Verified || it.Attempt != 2 {
				t.Errorf("%s, attempt %d", it.State, it.Attempt)
			}
		})
	}
}

// A source that writes after it has returned must not touch what goes on.
func TestAnIntakeTakesNothingAfterItsAttempt(t *testing.T) {
	a := &attempt{hub: newHub(time.Now())}
	in := &intake{a: a, buf: &bytes.Buffer{}}
	if n, err := in.Write([]byte("abc")); n != 3 || err != nil || a.sinkBusy(time.Hour) != 0 {
		t.Errorf("%d, %v", n, err)
	}
	in.close()
	if n, err := in.Write([]byte("def")); n != 0 || err == nil || in.buf.String() != "abc" {
		t.Errorf("%d, %v, %q", n, err, in.buf)
	}
}
