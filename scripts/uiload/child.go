//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"

	"example.com/tufinspect/internal/ui"
)

// report is what a child says to its parent.
type report struct {
	What       string // "coming" and "loaded" (the targets), "begin" and "end" (of what is measured), "over"
	CPU, Span  time.Duration
	Events     int
	Batches    int
	Peak       int64 // bytes
	Violations int
}

// serve is a child: it runs the session with or without a screen.
func serve(o *options) error {
	say := json.NewEncoder(os.NewFile(3, "reports"))
	s := newSession(o.targets, o.rate)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var m report
	watched := make(chan error, 1)
	go func() {
		defer cancel()
		watched <- watch(ctx, o, s, &m, say.Encode)
	}()
	var err error
	if o.child == "sink" {
		drain(ctx, s)
	} else {
		m.Violations, err = show(ctx, o, s)
	}
	cancel()
	if watch := <-watched; err == nil {
		err = watch
	}
	if err != nil {
		return err
	}
	_, m.Peak = usage()
	m.What = "over"
	return say.Encode(m)
}

// drain throws events away.
func drain(ctx context.Context, s *session) {
	for {
		select {
		case <-s.Updates():
		case <-ctx.Done():
			return
		}
	}
}

// show runs the screen, and gives how often the events broke the protocol.
func show(ctx context.Context, o *options, s *session) (int, error) {
	out, err := ui.Run(ctx, ui.Options{Session: s, In: os.Stdin, Out: os.Stdout, Theme: ui.Dark})
	if err != nil {
		return 0, err
	}
	if n := out.State.Targets.Total; n != o.targets {
		return 0, fmt.Errorf("the screen knows %d targets of %d", n, o.targets)
	}
	return out.State.Violations, nil
}

// watch reports the turns of the run and what was used between them.
func watch(ctx context.Context, o *options, s *session, m *report, say func(any) error) error {
	pause := func(d time.Duration) bool {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
	// The screen has a moment to draw itself, and then one for each target.
	if !pause(500 * time.Millisecond) {
		return nil
	}
	if err := say(report{What: "coming"}); err != nil {
		return err
	}
	go s.run()
	select {
	case <-s.loaded:
	case <-ctx.Done():
		return nil
	}
	if err := say(report{What: "loaded"}); err != nil || !pause(2*time.Second+time.Duration(o.targets)*4*time.Microsecond) {
		return err
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := say(report{What: "begin"}); err != nil {
		return err
	}
	began, events, batches := time.Now(), s.events.Load(), s.batches.Load()
	before, _ := usage()
	if !pause(o.length) {
		return nil
	}
	after, _ := usage()
	m.CPU, m.Span = after-before, time.Since(began)
	m.Events, m.Batches = int(s.events.Load()-events), int(s.batches.Load()-batches)
	return say(report{What: "end"})
}

// usage is the processor time of this process so far, and its peak of memory in
// bytes.
func usage() (time.Duration, int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no other reason than a bad address
	}
	unit := int64(1 << 10)
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), int64(u.Maxrss) * unit //nolint:unconvert // it has 32 bits on some systems
}
