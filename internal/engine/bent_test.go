package engine

import (
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// bent is a source that bends what another one does.
type bent struct {
	*memory
	get    func(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error)
	locate func(fetch.File) (string, error)
}

func (b *bent) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if b.get == nil || key(req.Name) != "t1" {
		return b.memory.Get(ctx, req, sink, tr)
	}
	return b.get(ctx, req, sink, tr)
}

func (b *bent) Locate(f fetch.File) (string, error) {
	if b.locate != nil && key(f.Name) == "t1" {
		return b.locate(f)
	}
	return b.memory.Locate(f)
}

// halfWriter passes on only so many bytes.
type halfWriter struct {
	io.Writer
	left int
}

func (w *halfWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	_, err := w.Writer.Write(p[:n])
	return len(p), err
}

// TestWhateverASourceDoesTheRunEndsAndNothingFalseIsVerified has a source
// misbehave with one target of four.
func TestWhateverASourceDoesTheRunEndsAndNothingFalseIsVerified(t *testing.T) {
	type get = func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error)
	for _, c := range []struct {
		name   string
		get    get
		state  ItemState
		faults int
	}{
		{"panics", func(*memory, context.Context, fetch.Request, io.Writer, fetch.Trace) (int64, error) { panic("boom") }, Failed, 1},
		{"panics after all bytes", func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
			_, _ = m.Get(ctx, req, sink, tr)
			panic(fetch.Error{})
		}, Failed, 1},
		{"ends its goroutine", func(*memory, context.Context, fetch.Request, io.Writer, fetch.Trace) (int64, error) {
			runtime.Goexit()
			return 0, nil
		}, Failed, 2},
		{"gives a nil error of the right type", func(*memory, context.Context, fetch.Request, io.Writer, fetch.Trace) (int64, error) {
			var e *fetch.Error
			return 0, e
		}, Failed, 1},
		{"gives an error of another type", func(*memory, context.Context, fetch.Request, io.Writer, fetch.Trace) (int64, error) {
			return 0, errors.New("odd")
		}, Failed, 0},
		{"gives an error after all bytes", func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
			n, _ := m.Get(ctx, req, sink, tr)
			return n, &unreachable
		}, Failed, 0},
		{"says that nothing came", func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
			_, err := m.Get(ctx, req, sink, tr)
			return -1, err
		}, Verified, 0},
		{"writes nothing and is content", func(*memory, context.Context, fetch.Request, io.Writer, fetch.Trace) (int64, error) {
			return 100, nil
		}, Failed, 0},
		{"writes half and is content", func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
			return m.Get(ctx, req, &halfWriter{sink, 50}, tr)
		}, Failed, 0},
		{"writes all twice", func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
			_, _ = m.Get(ctx, req, sink, tr)
			return m.Get(ctx, req, sink, tr)
		}, Failed, 0},
		{"traces nonsense", func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
			for p := range 300 {
				tr.Enter(fetch.Mark{Phase: fetch.Phase(p), Address: "x"})
			}
			tr.Got(math.MaxInt)
			tr.Got(math.MinInt)
			time.Sleep(time.Second)
			defer time.AfterFunc(time.Second, func() {
				tr.Enter(fetch.Mark{Phase: fetch.Body})
				tr.Respond(fetch.Response{})
				tr.Got(1)
			})
			return m.Get(ctx, req, sink, tr)
		}, Verified, 0},
		{"shows signs of life and brings nothing", func(_ *memory, ctx context.Context, _ fetch.Request, _ io.Writer, tr fetch.Trace) (int64, error) {
			for ctx.Err() == nil {
				tr.Got(0)
				time.Sleep(time.Second)
			}
			return 0, context.Cause(ctx)
		}, Failed, 0},
		{"never comes back", func(*memory, context.Context, fetch.Request, io.Writer, fetch.Trace) (int64, error) {
			time.Sleep(time.Hour)
			return 0, nil
		}, Failed, 2},
		{"writes on after its cancel", func(m *memory, ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
			<-ctx.Done()
			_, _ = m.Get(ctx, req, sink, tr)
			return 0, context.Cause(ctx)
		}, Failed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(build(t, 4))
				cfg := configFor(m)
				cfg.Retries = 1
				cfg.Source = &bent{memory: m, get: func(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
					return c.get(m, ctx, req, sink, tr)
				}}
				start := time.Now()
				st, err := Run(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > 3*time.Minute {
					t.Errorf("took %s", took)
				}
				if it := byPath(t, st, "t1"); it.State != c.state || len(st.Faults) != c.faults || st.Violations != 0 || st.Targets.ByState[Verified] < 3 {
					t.Errorf("%s, %d faults, want %s and %d; %d violations\n%s", it.State, len(st.Faults), c.state, c.faults, st.Violations, show(st))
				}
				time.Sleep(2 * time.Hour) // what was given up ends too
			})
		})
	}
	t.Run("panics when asked for an address", func(t *testing.T) {
		within(t, time.Minute, func(t *testing.T) {
			m := newMemory(build(t, 4))
			cfg := configFor(m)
			cfg.Source = &bent{memory: m, locate: func(fetch.File) (string, error) { panic("boom") }}
			st, err := Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if !st.Finished || st.Verdict() != Undecided || len(st.Faults) != 1 {
				t.Errorf("finished %v, %s, %+v", st.Finished, st.Verdict(), st.Faults)
			}
		})
	})
}

// TestTheSignedLengthCountsWhateverTheHashSays has a role sign a wrong length
// beside the right hash, and a source that does not look at lengths.
