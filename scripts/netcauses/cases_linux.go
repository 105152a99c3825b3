package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// situation is a fault and what has to be said of it.
type situation struct {
	number string
	what   string
	phase  fetch.Phase
	cause  fetch.Cause
	label  string
	sure   fetch.Certainty // at least
	within time.Duration   // from the fault on
	// doubt says that the label accuses the wrong one, because nothing that the socket
	// tells is different. It must not become certain until the time is over.
	doubt bool
	// provoke begins the Get and makes the fault.
	provoke func(context.Context, *stage) error
}

var situations = []situation{
	{
		"2", "SYN lost", fetch.Connect,
		fetch.ConnectUnanswered, "network: connection attempt unanswered", fetch.Certain, 9 * time.Second, false,
		func(ctx context.Context, s *stage) error {
			if err := s.cut(ctx); err != nil {
				return err
			}
			s.base = "http://" + net.JoinHostPort(s.there, "80")
			s.get(ctx)
			return nil
		},
	},
	{
		"4", "large packets vanish in the handshake", fetch.TLS,
		fetch.LargePacketsVanish, "network: large packets vanish", fetch.Likely, 5 * time.Second, false,
		func(ctx context.Context, s *stage) error {
			made := make(chan error, 1)
			greeted := sync.OnceFunc(func() { made <- s.narrow(ctx) })
			if err := s.listen(ctx, true, sends(nil, 1000), greeted); err != nil {
				return err
			}
			s.get(ctx)
			return wait(ctx, made)
		},
	},
	{
		"4", "large packets vanish in the body", fetch.Body,
		fetch.LargePacketsVanish, "network: large packets vanish", fetch.Likely, 5 * time.Second, false,
		// The second piece ends with a packet that is small enough.
		func(ctx context.Context, s *stage) error { return narrowInBody(ctx, s, 5000) },
	},
	{
		"4", "large packets vanish, no small one behind", fetch.Body,
		fetch.BodyStopped, "server: alive, stopped sending", fetch.Likely, 8 * time.Second, true,
		// More than a server sends before the first of it is acknowledged.
		func(ctx context.Context, s *stage) error { return narrowInBody(ctx, s, 900_000) },
	},
	{
		"7", "path lost on a new connection", fetch.Headers,
		fetch.PathLost, "network: peer does not acknowledge", fetch.Certain, 6 * time.Second, false,
		func(ctx context.Context, s *stage) error {
			made := make(chan error, 1)
			s.trace.hold = func(p fetch.Phase) {
				if p == fetch.Send {
					made <- s.cut(ctx)
				}
			}
			if err := s.listen(ctx, false, sends(nil, 1000), nil); err != nil {
				return err
			}
			s.get(ctx)
			return wait(ctx, made)
		},
	},
	{
		"7", "path lost on a kept connection", fetch.Headers,
		fetch.PathLost, "network: peer does not acknowledge", fetch.Certain, 6 * time.Second, false,
		func(ctx context.Context, s *stage) error {
			if err := s.listen(ctx, false, func(http.ResponseWriter, *http.Request) {}, nil); err != nil {
				return err
			}
			if err := s.one(ctx, newLooker()); err != nil {
				return fmt.Errorf("the fetch before: %w", err)
			}
			if err := s.cut(ctx); err != nil {
				return err
			}
			s.get(ctx)
			return nil
		},
	},
	{
		"10", "path lost in the body", fetch.Body,
		fetch.PeerGone, "network: peer gone", fetch.Certain, 15 * time.Second, false,
		func(ctx context.Context, s *stage) error { return cutInBody(ctx, s, false, 100_000) },
	},
	{
		"16", "path lost under HTTP/2", fetch.Body,
		fetch.ConnectionLost, "network: peer does not acknowledge", fetch.Certain, 9 * time.Second, false,
		func(ctx context.Context, s *stage) error { return cutInBody(ctx, s, true, 5000) },
	},
}

func narrowInBody(ctx context.Context, s *stage, then int) error {
	next := make(chan struct{})
	defer close(next)
	if err := s.listen(ctx, false, sends(next, 1000, then), nil); err != nil {
		return err
	}
	s.get(ctx)
	if err := s.arrived(ctx, 1000); err != nil {
		return err
	}
	return s.narrow(ctx)
}

func cutInBody(ctx context.Context, s *stage, secure bool, after int) error {
	if err := s.listen(ctx, secure, sends(nil, after), nil); err != nil {
		return err
	}
	s.get(ctx)
	if err := s.arrived(ctx, int64(after)); err != nil {
		return err
	}
	return s.cut(ctx)
}

// wait is for a fault that is made in the course of the Get.
func wait(ctx context.Context, made <-chan error) error {
	select {
	case err := <-made:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for the fault: %w", context.Cause(ctx))
	}
}

// provokeAll plays all situations at a time, each on a cable of its own.
func provokeAll(ctx context.Context, outside string) ([]result, error) {
	if err := checkInside(outside); err != nil {
		return nil, err
	}
	w, err := newNetwork()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSkip, err)
	}
	defer w.close()
	var cables []*cable
	for n := range situations {
		c, err := w.connect(ctx, n)
		if err != nil && n == 0 {
			return nil, fmt.Errorf("%w: the system makes no pair of virtual network cards: %w", errSkip, err)
		}
		if err != nil {
			return nil, err
		}
		cables = append(cables, c)
	}
	cert, err := certificate(cables)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(situations))
	var wg sync.WaitGroup
	for n, what := range situations {
		wg.Go(func() {
			r := &results[n]
			r.number, r.what, r.doubt = what.number, what.what, what.doubt
			s, err := newStage(cables[n], cert)
			if err != nil {
				r.problem = err
				return
			}
			r.problem = errors.Join(what.play(ctx, s, r), s.close())
		})
	}
	wg.Wait()
	return results, nil
}

// play makes the fault and looks once a second, until the cause was named twice in a
// row: a label that comes and goes is none.
func (w *situation) play(ctx context.Context, s *stage, r *result) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(errEnough)
	if err := w.provoke(ctx, s); err != nil {
		return err
	}
	begun := time.Now()
	s.trace.look()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last fetch.Diagnosis
	for {
		select {
		case <-tick.C:
		case err := <-s.done:
			return fmt.Errorf("the fetch ended after %s, when the cause was %s (%s): %w", seconds(time.Since(begun)), last.Cause, last.Certainty, err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		phase, d := s.trace.look()
		last = d
		took := time.Since(begun)
		if took > w.within+time.Second {
			return fmt.Errorf("not named within %s: %s, %q (%s), %q in phase %s", w.within, d.Cause, d.Label, d.Certainty, d.Evidence, phase)
		}
		if d.Cause != w.cause {
			if d.Certainty == fetch.Certain || r.named > 0 {
				return fmt.Errorf("after %s: %s, %q (%s), %q in phase %s", seconds(took), d.Cause, d.Label, d.Certainty, d.Evidence, phase)
			}
			continue
		}
		if r.likely == 0 {
			r.likely = took
		}
		if d.Certainty < w.sure {
			continue
		}
		if w.doubt && d.Certainty > w.sure {
			return fmt.Errorf("after %s: %q is %s, and it is wrong: %q", seconds(took), d.Label, d.Certainty, d.Evidence)
		}
		if r.named > 0 && (!w.doubt || took > w.within) {
			break
		}
		if r.named == 0 {
			r.named = took
		}
		r.phase, r.seen, r.label, r.sure = phase.String(), d.Evidence, d.Label, d.Certainty.String()
		if phase != w.phase || d.Label != w.label {
			return fmt.Errorf("in phase %s, %q: want %s, %q", phase, d.Label, w.phase, w.label)
		}
	}
	cancel(errEnough)
	select {
	case err := <-s.done:
		if !errors.Is(err, errEnough) {
			return fmt.Errorf("the cancelled fetch ended with %w", err)
		}
	case <-time.After(time.Second):
		return errors.New("the cancelled fetch has not ended within a second")
	}
	return nil
}
