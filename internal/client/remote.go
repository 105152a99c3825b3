package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// Patience is how long a server may take.
type Patience struct {
	// Silence is the longest time without a byte and without progress on the way to
	// the first one.
	Silence time.Duration
	// Rate is how many bytes a second a body brings at least, on average since its
	// first one; it counts once a body has taken longer than Silence.
	Rate int64
}

// DefaultPatience gives up a server that is silent for half a minute, or slower than
// any that is alive.
func DefaultPatience() Patience { return Patience{Silence: 30 * time.Second, Rate: 200} }

// Remote is the Fetcher for a server or a folder.
type Remote struct {
	Source fetch.Source
	Base   string // as fetch.ParseBase gives it
	// Flat says that names are one element of a path, as those of metadata are, with
	// all slashes in them escaped.
	Flat     bool
	Patience Patience
}

// Fetch is part of Fetcher. A server that admits nothing (403) counts as one that
// does not have the file, as do those that never had it or have it no more. Nothing
// is asked for twice.
func (r *Remote) Fetch(ctx context.Context, name string, length, limit int64, sink io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p := &pulse{patience: r.Patience, giveUp: cancel}
	p.timer = time.AfterFunc(r.Patience.Silence, func() {
		cancel(fmt.Errorf("nothing came for %s", r.Patience.Silence))
	})
	defer p.stop()
	req := fetch.Request{File: fetch.File{Base: r.Base, Name: name, Flat: r.Flat}, Length: length, Limit: limit}
	_, err := r.Source.Get(ctx, req, sink, p)
	var fe *fetch.Error
	if errors.As(err, &fe) && (fe.Kind == finding.Missing || fe.Status == http.StatusForbidden) {
		return fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return err
}

// pulse hears what happens in a fetch, and gives it up when that is too little. It
// is a fetch.Trace.
type pulse struct {
	patience Patience
	giveUp   context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer // nil when the fetch is over
	first time.Time   // byte
	n     int64
}

// Enter is part of fetch.Trace.
func (p *pulse) Enter(fetch.Mark) { p.beat(0) }

// Respond is part of fetch.Trace.
func (p *pulse) Respond(fetch.Response) { p.beat(0) }

// Got is part of fetch.Trace.
func (p *pulse) Got(n int) { p.beat(n) }

func (p *pulse) beat(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	p.timer.Reset(p.patience.Silence)
	if n == 0 {
		return
	}
	p.n += int64(n)
	if p.first.IsZero() {
		p.first = time.Now()
	}
	if took := time.Since(p.first); took > p.patience.Silence && float64(p.n) < took.Seconds()*float64(p.patience.Rate) {
		p.giveUp(fmt.Errorf("too slow: %d bytes in %s", p.n, took.Round(time.Second)))
	}
}

func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	p.timer = nil
}

// Nowhere is the Fetcher of a client that was not told where files are.
type Nowhere struct{ Flag string }

// Fetch is part of Fetcher; it always fails.
func (n Nowhere) Fetch(context.Context, string, int64, int64, io.Writer) error {
	return fmt.Errorf("%s was not given", n.Flag)
}
