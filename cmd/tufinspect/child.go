package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/tufinspect/internal/alive"
)

// What a parent and its child say to each other, a line each.
const (
	sayInterrupt = "int"   // parent: end the run, as for SIGINT
	sayTerminate = "term"  // parent: … SIGTERM
	sayHangUp    = "hup"   // parent: … SIGHUP
	sayProgress  = "usr1"  // parent: say how far the run is
	sayBeat      = "beat"  // child: a sign of life
	sayEnded     = "ended" // child: the run is over; again whenever the report gets on
	sayCode      = "code"  // child: it leaves with this exit code
	sayCrash     = "crash" // child: where its last words would be
)

const (
	// crashWithin is how long the disk may take for the file of a crash's last words.
	crashWithin = 2 * time.Second
	// tellWithin is how long a line may take. The pipe takes hours of lines when the
	// parent is stopped; the exit code has to get through all the same.
	tellWithin = 10 * time.Second
)

// child is the inspecting process as its parent sees it. The methods of a nil child
// do nothing: nobody supervises this process.
type child struct {
	limits   limits
	watchdog atomic.Pointer[alive.Watchdog]
	signals  chan os.Signal // as the parent passes them on
	progress chan os.Signal

	mu sync.Mutex // of lines to the parent
	to *os.File

	crash chan string // has the path of the file for last words, or ""
}

// newChild begins to listen to the parent and to give signs of life.
func newChild(l limits, from io.Reader, to *os.File) *child {
	c := &child{limits: l, to: to, signals: make(chan os.Signal, 4), progress: make(chan os.Signal, 1), crash: make(chan string, 1)}
	// A fault in these ends the signs of life, or what the parent says is not heard:
	// the parent ends the process in both cases.
	alive.Go("child", "beats", c.beat, func(alive.Fault) {})
	alive.Go("child", "control", func() { c.listen(from) }, func(alive.Fault) {})
	alive.Go("child", "crash output", c.prepare, func(alive.Fault) {})
	return c
}

// run makes the signs of life depend on a watchdog.
func (c *child) run(wd *alive.Watchdog) {
	if c != nil {
		c.watchdog.Store(wd)
	}
}

// ended says that the run is over, and that what is written now gets on.
func (c *child) ended() { c.tell(sayEnded) }

// leave says that the process ends in order and with which exit code.
func (c *child) leave(code int) {
	if c == nil {
		return
	}
	select {
	case path := <-c.crash:
		if path != "" {
			_, _ = alive.Within(crashWithin, "the disk", func() (struct{}, error) { return struct{}{}, os.Remove(path) })
		}
	case <-time.After(crashWithin): // the parent removes it
	}
	c.tell(fmt.Sprintf("%s %d", sayCode, code))
}

func (c *child) tell(line string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.to.SetWriteDeadline(time.Now().Add(tellWithin))
	_, _ = io.WriteString(c.to, line+"\n") // a parent that is gone is noticed elsewhere
}

func (c *child) beat() {
	t := time.NewTicker(c.limits.look)
	defer t.Stop()
	for ; ; <-t.C {
		if c.watchdog.Load().Healthy() {
			c.tell(sayBeat)
		}
	}
}

// listen passes on what the parent says. When it says no more it is gone, and the run
// ends as if it had been terminated: nobody is left to hear of it.
func (c *child) listen(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		switch lines.Text() {
		case sayInterrupt:
			offer(c.signals, os.Interrupt)
		case sayTerminate:
			offer(c.signals, syscall.SIGTERM)
		case sayHangUp:
			offer(c.signals, syscall.SIGHUP)
		case sayProgress:
			offer(c.progress, os.Interrupt)
		}
	}
	offer(c.signals, syscall.SIGTERM)
	time.Sleep(c.limits.orphan)
	os.Exit(exitTerminated)
}

// offer does not wait for a reader: who has a signal already needs no other.
func offer(ch chan<- os.Signal, sig os.Signal) {
	select {
	case ch <- sig:
	default:
	}
}

// prepare has the runtime's last words kept. It is done beside everything else, since
// the folder may be on a disk that does not answer, and it is nothing that an
// inspection needs.
func (c *child) prepare() {
	path := ""
	defer func() { c.crash <- path }()
	dir, err := alive.StateDir(os.Getenv)
	if err != nil {
		return
	}
	if path, err = alive.Crash(dir); err == nil {
		c.tell(sayCrash + " " + path)
	}
}
