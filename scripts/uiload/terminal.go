//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"

	"example.com/tufinspect/internal/screen"
)

// measure runs the two children and gives what was measured.
func measure(o *options) (*result, error) {
	r := &result{took: map[string][]time.Duration{}}
	alone := *o
	alone.child, alone.length, alone.profile = "sink", min(o.length, 10*time.Second), ""
	m, err := account(&alone, nil, func(report) {})
	if err != nil {
		return nil, fmt.Errorf("the session alone: %w", err)
	}
	r.session = m.CPU.Seconds() / m.Span.Seconds()
	t, err := newTerminal(o)
	if err != nil {
		return nil, err
	}
	defer t.close()
	with := *o
	with.child = "screen"
	m, err = account(&with, t.tty, func(m report) { t.hear(m, o, r) })
	if err != nil {
		return nil, fmt.Errorf("the screen: %w", err)
	}
	r.whole, r.span = m.CPU.Seconds()/m.Span.Seconds(), m.Span
	r.events, r.batches, r.peak, r.violations = m.Events, m.Batches, m.Peak, m.Violations
	return r, nil
}

// account runs a child to its end. It passes on what it reports, and gives the last.
func account(o *options, tty *os.File, hear func(report)) (report, error) {
	self, err := os.Executable()
	if err != nil {
		return report{}, err
	}
	in, out, err := os.Pipe()
	if err != nil {
		return report{}, err
	}
	defer in.Close()
	cmd := exec.CommandContext(context.Background(), self, "-child", o.child, "-targets", fmt.Sprint(o.targets), "-rate", fmt.Sprint(o.rate),
		"-for", o.length.String(), "-profile", o.profile)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=", "CI=")
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{out}
	if tty != nil {
		cmd.Stdin, cmd.Stdout = tty, tty
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	}
	err = cmd.Start()
	out.Close()
	if err != nil {
		return report{}, err
	}
	var last report
	for d := json.NewDecoder(in); ; {
		var m report
		if err = d.Decode(&m); err != nil {
			break
		}
		last = m
		hear(m)
	}
	if ended := cmd.Wait(); ended != nil {
		return last, ended
	}
	if !errors.Is(err, io.EOF) {
		return last, err
	}
	if last.What != "over" {
		return last, errors.New("it ended too soon")
	}
	return last, nil
}

// terminal is the pseudo terminal, what it shows, and the person in front of it.
type terminal struct {
	master, tty *os.File
	mu          sync.Mutex
	grid        *screen.Grid
	bytes       int
	frame       chan struct{} // has a token when a frame has ended
	gone        chan struct{} // closed when nothing more is read
	stop        chan struct{} // closed when no more keys are to be pressed
	pressing    sync.WaitGroup
}

func newTerminal(o *options) (*terminal, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, err
	}
	t := &terminal{
		master: master, tty: tty, grid: screen.New(o.width, o.height),
		frame: make(chan struct{}, 1), gone: make(chan struct{}), stop: make(chan struct{}),
	}
	t.grid.Ended = func() {
		select {
		case t.frame <- struct{}{}:
		default:
		}
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: uint16(o.height), Cols: uint16(o.width)}); err != nil {
		return nil, err
	}
	go t.read(o.read)
	return t, nil
}

func (t *terminal) close() {
	t.tty.Close()
	<-t.gone
	t.master.Close()
}

// read reads what is drawn, at most so many bytes a second if that is not 0.
func (t *terminal) read(rate int) {
	defer close(t.gone)
	b := make([]byte, 32<<10)
	if rate > 0 {
		b = b[:max(rate/50, 1)]
	}
	for next := time.Now(); ; {
		n, err := t.master.Read(b)
		t.mu.Lock()
		t.bytes += n
		t.grid.Write(b[:n])
		t.mu.Unlock()
		if err != nil {
			return
		}
		if rate > 0 {
			if now := time.Now(); next.Before(now) {
				next = now
			}
			next = next.Add(time.Second * time.Duration(n) / time.Duration(rate))
			time.Sleep(time.Until(next))
		}
	}
}

// hear does what is to be done at a turn of the run.
func (t *terminal) hear(m report, o *options, r *result) {
	t.mu.Lock()
	bytes, frames := t.bytes, t.grid.Frames
	t.mu.Unlock()
	switch m.What {
	case "coming":
		t.pressing.Go(func() { t.load(o, r) })
	case "loaded":
		t.pressing.Wait()
		for _, key := range names(o.view) {
			_, _ = t.master.WriteString(sequence(key))
			time.Sleep(100 * time.Millisecond)
		}
	case "begin":
		r.bytes, r.frames = -bytes, -frames
		t.pressing.Go(func() { r.late = lateness(t.stop) })
		if keys := names(o.keys); len(keys) > 0 {
			t.pressing.Go(func() { t.press(keys, r) })
		}
	case "end":
		r.bytes, r.frames = r.bytes+bytes, r.frames+frames
		close(t.stop)
		t.pressing.Wait()
	}
}

// load opens and closes the help until all targets are on screen.
func (t *terminal) load(o *options, r *result) {
	start, all := time.Now(), fmt.Sprintf("/%d targets", o.targets)
	for {
		took, ok := t.one("?")
		if !ok {
			r.lost++
			return
		}
		r.meanwhile = append(r.meanwhile, took)
		t.mu.Lock()
		help, loaded := read(t.grid).help, t.grid.Has(all)
		t.mu.Unlock()
		if loaded && !help {
			r.loaded = time.Since(start)
			return
		}
	}
}

// press presses keys, one after the other has had its effect.
func (t *terminal) press(keys []string, r *result) {
	for i := 0; ; i = (i + 1) % len(keys) {
		pause := time.NewTimer(20*time.Millisecond + rand.N(100*time.Millisecond))
		select {
		case <-t.stop:
			return
		case <-pause.C:
		}
		took, ok := t.one(keys[i])
		if ok {
			r.took[keys[i]] = append(r.took[keys[i]], took)
			continue
		}
		select {
		case <-t.stop: // the screen has gone, and not the key
			return
		default:
			r.lost++
		}
	}
}

// one presses a key, and gives the time until a frame shows its effect.
func (t *terminal) one(key string) (time.Duration, bool) {
	t.mu.Lock()
	before := read(t.grid)
	t.mu.Unlock()
	start := time.Now()
	if _, err := t.master.WriteString(sequence(key)); err != nil {
		return 0, false
	}
	if !t.await(func(g *screen.Grid) bool { return shows(key, before, read(g)) }) {
		return 0, false
	}
	return time.Since(start), true
}

// await waits until a whole frame is as it is to be, and tells whether that came.
func (t *terminal) await(is func(*screen.Grid) bool) bool {
	limit := time.NewTimer(effectWithin)
	defer limit.Stop()
	for {
		select {
		case <-t.frame:
		case <-limit.C:
			return false
		case <-t.gone:
			return false
		case <-t.stop:
			return false
		}
		t.mu.Lock()
		ok := is(t.grid)
		t.mu.Unlock()
		if ok {
			return true
		}
	}
}

// lateness is how late a timer of this process comes, over and over: what the machine
// adds to all times, because it is busy with something else.
func lateness(stop <-chan struct{}) []time.Duration {
	var late []time.Duration
	for {
		due := time.Now().Add(20 * time.Millisecond)
		t := time.NewTimer(time.Until(due))
		select {
		case <-stop:
			t.Stop()
			return late
		case <-t.C:
			late = append(late, time.Since(due))
		}
	}
}
