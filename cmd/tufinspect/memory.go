package main

import (
	"context"
	"errors"
	"os"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/memory"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// memoryWithin is how long the memory of earlier runs may take to be read, and again
// to be written, the wait for its lock included.
const memoryWithin = memory.DefaultWait + 5*time.Second

// keeper keeps what a run leaves for later ones. A nil keeper keeps nothing.
type keeper struct{ store *memory.Store }

// remember reads what earlier runs have left into the configuration, and says who
// keeps what this one leaves. Whatever goes wrong is said by the run, which goes on
// without.
func (f *runFlags) remember(ctx context.Context, cfg *engine.Config) *keeper {
	if f.noState {
		return nil
	}
	say := func(err error) { cfg.Memory.Notes = append(cfg.Memory.Notes, memory.Say(err)) }
	dir := f.state
	if dir == "" {
		var err error
		if dir, err = memory.Folder(os.Getenv); err != nil {
			say(err)
			return nil
		}
	}
	store := memory.New(dir, cfg.Repository, fetch.Redact(cfg.Repository), memory.DefaultWait)
	before, err := alive.Within(memoryWithin, "reading "+safe.Text(store.Folder())+": the disk", func() (*trust.Remembered, error) {
		return store.Load(ctx)
	})
	if err != nil {
		say(err)
		var damaged *memory.DamagedError
		if !errors.As(err, &damaged) {
			return nil // it is not replaced without having been compared with
		}
	}
	cfg.Memory.Before = before
	if f.at != "" {
		return nil // what another moment thinks of the repository is not remembered
	}
	return &keeper{store}
}

// keep writes what a run leaves, after its last event, if it was of full success. That
// it cannot be written is one more finding of the run. Once the context has ended it
// does not wait for the lock any more: who has sent a signal wants the report.
func (k *keeper) keep(ctx context.Context, s *engine.Session, st *engine.State, rec *recording) {
	if k == nil || !st.Finished {
		return
	}
	_, err := alive.Within(memoryWithin, "writing "+safe.Text(k.store.Folder())+": the disk", func() (struct{}, error) {
		left := s.Remember()
		if left == nil {
			return struct{}{}, nil
		}
		return struct{}{}, k.store.Save(ctx, left)
	})
	if err != nil {
		e := engine.Event{At: st.Now, Body: engine.FindingRaised{Finding: memory.Say(err)}}
		st.Apply(e)
		rec.take(e)
	}
}
