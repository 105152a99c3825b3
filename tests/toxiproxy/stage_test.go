package toxiproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// Limits of the runs here: short, and long enough for a slow machine with the race
// detector to make one step.
const (
	stallAfter   = 400 * time.Millisecond
	stallTimeout = 300 * time.Millisecond
	giveUpAfter  = 2 * time.Second
	workers      = 4
)

const (
	// corrupt is a target whose file may be served as another than is listed.
	corrupt = "corrupt"
	// team is where the small files are, on the server.
	team = "targets/team/**"
)

// repository has small files, one that is larger than all buffers on the way, and
// one that is to be served wrongly.
func repository(t *testing.T) *demo.Repository {
	t.Helper()
	spec := demo.Spec{Seed: 5}
	spec.Timestamp.Expires = 30 * 24 * time.Hour
	spec.Targets = []demo.Target{{Path: corrupt, Size: 3000}, {Path: "large", Size: 100_000}}
	small := demo.Delegation{Name: "team", Paths: []string{"team/*"}}
	for i := range 8 {
		small.Targets = append(small.Targets, demo.Target{Path: fmt.Sprintf("team/file-%d", i), Size: 2000})
	}
	spec.Delegations = []demo.Delegation{small}
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// stage is a repository behind a server behind a proxy.
type stage struct {
	t      *testing.T
	repo   *demo.Repository
	server *demo.Server
	proxy  *toxiproxy.Proxy
	source *counted
}

// counted is the product's client, and counts how often it failed for another reason
// than that a file is not there: it shows that a fault has been met.
type counted struct {
	*fetch.Client
	failed atomic.Int64
}

// Get counts.
func (c *counted) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	n, err := c.Client.Get(ctx, req, sink, tr)
	var fe *fetch.Error
	if err != nil && !(errors.As(err, &fe) && fe.Kind == finding.Missing) {
		c.failed.Add(1)
	}
	return n, err
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, repo: repository(t)}
	var err error
	if s.server, err = demo.Serve(s.repo); err != nil {
		t.Fatal(err)
	}
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	s.proxy = toxiproxy.NewProxy(api, "between", "127.0.0.1:0", strings.TrimPrefix(s.server.URL(), "http://"))
	if err := s.proxy.Start(); err != nil {
		s.server.Close()
		t.Fatal(err)
	}
	return s
}

func (s *stage) close() {
	s.proxy.Stop()
	s.server.Close()
}

// add makes the network sick, in toxiproxy's own words.
func (s *stage) add(toxic string) {
	if _, err := s.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		s.t.Errorf("%s: %v", toxic, err)
	}
}

// heal takes every toxic away.
func (s *stage) heal(ctx context.Context) { s.proxy.Toxics.ResetToxics(ctx) }

// hold keeps the answers for the team's files back until release.
func (s *stage) hold() { s.server.SetFault(team, demo.Fault{Kind: demo.StallHeaders}) }

// held waits until every worker waits for a file of the team. It is false when the
// run has ended before.
func (s *stage) held(ctx context.Context) bool {
	return until(ctx, func() bool { return s.server.Stalled(team) >= workers })
}

func (s *stage) release() {
	s.server.ClearFault(team)
	s.server.Release(team)
}

// met waits until n attempts have failed. It is false when the run has ended before.
func (s *stage) met(ctx context.Context, n int64) bool {
	return until(ctx, func() bool { return s.source.failed.Load() >= n })
}

// until asks again and again, and is false when ctx ended before the answer was yes.
func until(ctx context.Context, done func() bool) bool {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// inspect makes a whole run through the proxy. meanwhile, if there is one, runs
// beside it, and its context ends with the run.
func (s *stage) inspect(bound time.Duration, retries int, meanwhile func(context.Context, *stage)) *engine.State {
	client, err := fetch.New(fetch.Options{Proxy: "none", MaxConns: 2 * workers})
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	s.source = &counted{Client: client}
	cfg := engine.DefaultConfig()
	cfg.Source, cfg.Repository = s.source, "http://"+s.proxy.Listen
	cfg.Root, cfg.RootSource = s.repo.Root(1), engine.RootFile
	cfg.Workers, cfg.Retries = workers, retries
	cfg.StallAfter, cfg.StallTimeout, cfg.GiveUpAfter = stallAfter, stallTimeout, giveUpAfter

	ctx, cancel := context.WithTimeout(s.t.Context(), bound)
	defer cancel()
	beside := make(chan struct{})
	go func() {
		defer close(beside)
		if meanwhile != nil {
			meanwhile(ctx, s)
		}
	}()
	st, err := engine.Run(ctx, cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	if ctx.Err() != nil {
		s.t.Errorf("the run has not ended by itself within %s", bound)
	}
	cancel()
	<-beside
	return st
}

// leaksNothing runs f and checks that no goroutine and no descriptor is left of it.
func leaksNothing(t *testing.T, f func()) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	open := descriptors(t)
	f()
	goleak.VerifyNone(t, append(theirs(), before)...)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	now := 0
	if !until(ctx, func() bool { now = descriptors(t); return now <= open }) {
		t.Errorf("%d descriptors are open, there were %d", now, open)
	}
}

// descriptors counts the open ones, or gives 0 where the system does not tell.
func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
