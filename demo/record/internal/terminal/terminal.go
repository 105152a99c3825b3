// Package terminal runs a program in a pseudo terminal and knows what it shows. It is
// for systems with such terminals as Linux and macOS have.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"example.com/tufinspect/demo/record/internal/screen"
)

const (
	// leaveWithin is how long a program may take to leave when its terminal goes.
	leaveWithin = 2 * time.Second
	// drainWithin is how long what a program has written may take to arrive when it
	// has ended: something that it has started may keep the terminal open for ever.
	drainWithin = time.Second
	// frameWithin is how long a screen may be half drawn.
	frameWithin = 200 * time.Millisecond
	// maxInput is how many pieces of input may wait for a program that reads none.
	maxInput = 256
)

// Options say what is run, and in what terminal.
type Options struct {
	Args          []string // the program and its arguments; looked for in Path
	Path          string   // folders of programs, as PATH has them
	Env           []string // all of it
	Dir           string
	Width, Height int // cells
	// Output is given what the program writes, in whole characters and in order, one
	// call at a time, and nothing after Close. nil gives it to nobody.
	Output func(text []byte)
}

// Terminal is a pseudo terminal with a program in it. Its methods may be called on
// any goroutine. Whoever starts one closes it.
type Terminal struct {
	cmd   *exec.Cmd
	pty   *os.File
	input chan []byte
	ended chan struct{} // closed when the program has ended and all it wrote is shown
	code  int           // of the exit, when ended is closed

	mu      sync.Mutex
	emu     *vt.Emulator
	drawing bool // between the two marks of a synchronized frame
	theme   *theme
	output  func([]byte)
}

// Start starts the program.
func Start(o Options) (*Terminal, error) {
	program, err := look(o.Args[0], o.Path)
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: program, Args: o.Args, Env: o.Env, Dir: o.Dir}
	t := &Terminal{
		cmd: cmd, input: make(chan []byte, maxInput), ended: make(chan struct{}),
		emu: vt.NewEmulator(o.Width, o.Height), theme: newTheme(), output: o.Output,
	}
	if t.output == nil {
		t.output = func([]byte) {}
	}
	t.emu.SetCallbacks(vt.Callbacks{
		EnableMode:  func(m ansi.Mode) { t.drawing = t.drawing || m == ansi.ModeSynchronizedOutput },
		DisableMode: func(m ansi.Mode) { t.drawing = t.drawing && m != ansi.ModeSynchronizedOutput },
	})
	// The program leads a session and a group of processes of its own.
	t.pty, err = pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(o.Width), Rows: uint16(o.Height)})
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", o.Args[0], err)
	}
	read := make(chan struct{})
	go t.read(read)
	go t.answer()
	go t.write()
	go t.await(read)
	return t, nil
}

// look finds a program as a shell does, but in a path of its own.
func look(name, path string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return name, nil
	}
	for _, dir := range filepath.SplitList(path) {
		full := filepath.Join(dir, name)
		if info, err := os.Stat(full); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return full, nil
		}
	}
	return "", fmt.Errorf("there is no program %q in %s", name, path)
}

// read shows what the program writes.
func (t *Terminal) read(done chan<- struct{}) {
	defer close(done)
	var whole runes
	buf := make([]byte, 64<<10)
	for {
		n, err := t.pty.Read(buf)
		text := whole.add(buf[:n])
		if err != nil {
			text = append(text, whole.rest...)
		}
		if len(text) > 0 {
			t.mu.Lock()
			_, _ = t.emu.Write(text) // fails only once closed, which it never is
			t.output(text)
			t.mu.Unlock()
		}
		if err != nil { // the last process with the terminal has gone
			return
		}
	}
}

// answer passes on what the terminal itself says: where the cursor is, what it can do.
// What finds no room is lost, so that a program that does not listen stops nothing.
func (t *Terminal) answer() {
	buf := make([]byte, 256)
	for {
		n, err := t.emu.Read(buf)
		if err != nil {
			return
		}
		select {
		case t.input <- append([]byte(nil), buf[:n]...):
		default:
		}
	}
}

func (t *Terminal) write() {
	for {
		select {
		case b := <-t.input:
			if _, err := t.pty.Write(b); err != nil {
				return
			}
		case <-t.ended:
			return
		}
	}
}

// await waits for the end of the program.
func (t *Terminal) await(read <-chan struct{}) {
	_ = t.cmd.Wait() // what it says is in the state too
	t.code = t.cmd.ProcessState.ExitCode()
	select {
	case <-read:
	case <-time.After(drainWithin):
	}
	close(t.ended)
}

// Screen is what is shown now. It waits a moment for the end of a frame that is being
// drawn.
func (t *Terminal) Screen() *screen.Screen {
	for end := time.Now().Add(frameWithin); ; time.Sleep(time.Millisecond) {
		t.mu.Lock()
		if t.drawing && time.Now().Before(end) {
			t.mu.Unlock()
			continue
		}
		s := t.theme.screen(t.emu)
		t.mu.Unlock()
		return s
	}
}

// Type sends input as a keyboard does.
func (t *Terminal) Type(ctx context.Context, s string) error {
	select {
	case <-t.ended:
		return errors.New("the program has ended, nobody reads")
	default:
	}
	select {
	case t.input <- []byte(s):
		return nil
	case <-t.ended:
		return errors.New("the program has ended, nobody reads")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Ended is closed when the program has ended and what it wrote is on screen.
func (t *Terminal) Ended() <-chan struct{} { return t.ended }

// ExitCode is the program's, once it has ended; -1 when a signal ended it.
func (t *Terminal) ExitCode() int { return t.code }

// Close ends the program and what it has started in its group, and waits for that: a
// few seconds at most.
func (t *Terminal) Close() {
	// A terminal that goes says so to the whole group; a program that does not mind
	// is killed.
	t.signal(syscall.SIGHUP)
	select {
	case <-t.ended:
	case <-time.After(leaveWithin):
	}
	t.signal(syscall.SIGKILL)
	t.pty.Close()
	select {
	case <-t.ended:
	case <-time.After(leaveWithin + drainWithin):
	}
	t.mu.Lock()
	t.output = func([]byte) {}
	t.mu.Unlock()
	if w, ok := t.emu.InputPipe().(io.Closer); ok { // ends answer
		_ = w.Close()
	}
}

// signal reaches the group of the program, whose id is that of the program, and is
// not given to others while one of its processes is there.
func (t *Terminal) signal(sig syscall.Signal) {
	_ = syscall.Kill(-t.cmd.Process.Pid, sig) // no such group: all of it has ended
}
