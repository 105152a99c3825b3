package engine

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// realCauses are the plays that loopback can make: the others need packets that are
// lost.
var realCauses = []string{"3", "5", "6", "8", "9", "11", "13", "14", "15"}

// patience is how long a test waits for what is to happen at once.
const patience = 30 * time.Second

// TestHangsOverRealSockets makes a part of the hang matrix over loopback, all cells
// at the same time: they only wait. What is checked is what happens and in which
// order, and not how long it takes.
func TestHangsOverRealSockets(t *testing.T) {
	start := time.Now()
	repo, err := hangSpec(start.Add(-time.Hour).Truncate(time.Second)).Build()
	if err != nil {
		t.Fatal(err)
	}
	x := &shared{repo: repo}
	x.cert, x.ca = hangCertificate(t, start)
	l, err := net.Listen("tcp", "127.0.0.1:0") // with the first one the runtime opens files of its own
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	before := openFiles()
	t.Run("cells", func(t *testing.T) {
		var all sync.WaitGroup
		defer all.Wait()
		for _, p := range plays {
			for _, f := range hangFiles {
				for _, a := range []hangAction{cancelOne, retryIt, quitNow} {
					if slices.Contains(realCauses, p.number) && (f.kind == "timestamp" || f.kind == "target file") {
						all.Go(func() {
							t.Run(p.number+" "+p.name+", "+f.kind+", "+string(a), func(t *testing.T) {
								(&realCell{shared: x, play: p, file: f, action: a}).run(t)
							})
						})
					}
				}
			}
		}
	})
	eventually(t, "all files are closed", func() bool { return openFiles() <= before })
}

// openFiles is how many files this process has open; 0 where that is not told.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("not within %s: %s", patience, what)
			return
		}
	}
}

// realCell is a cause, a file and an action over real sockets.
type realCell struct {
	*shared
	play   *play
	file   hangFile
	action hangAction

	gate    *gate // to the server, or to the proxy
	handler *demo.Handler
	source  *realSource
	session *Session
	st      State
	sending sync.WaitGroup

	answered  []Command
	stalledAt uint64 // Seq of what was said first
	endedAt   uint64 // Seq of the item's cancel
	diagnosed bool
	settled   bool
}

func (c *realCell) run(t *testing.T) {
	p := c.play
	c.handler = demo.NewHandler(c.repo)
	fault := p.fault
	if p.moves {
		fault.Every = 20 * time.Millisecond // far below the stall limit, also on a slow machine
	}
	c.handler.SetFault(c.file.path, fault)
	if p.busy() {
		c.handler.SetFault("targets/"+beside, p.companion)
	}
	server := listenGate(t)
	c.gate = server
	o := fetch.Options{Proxy: "none", HTTP1: !p.http2}
	scheme := "http"
	if p.tls {
		scheme, o.CA = "https", c.ca
	}
	if p.proxy {
		c.gate = listenGate(t)
		defer connectProxy(c.gate)()
		o.Proxy = "http://" + c.gate.Addr().String()
	}
	if p.one {
		o.MaxConns = 1
	}
	stop := c.serve(server)
	client, err := fetch.New(o)
	if err != nil {
		t.Error(err)
		return
	}
	base := scheme + "://" + server.Addr().String()
	c.source = &realSource{Client: client, cell: c, base: base, asked: make(chan struct{})}
	c.source.ctx, c.source.cancel = context.WithCancel(t.Context())

	cfg := DefaultConfig()
	cfg.Source, cfg.Repository, cfg.Workers, cfg.StallAfter = c.source, base, 4, 300*time.Millisecond
	cfg.Root, cfg.RootSource = c.repo.Root(1), RootFile
	cfg.Interactive = c.action == retryIt
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("the test's limit"))
	defer cancel()
	if c.session, err = Start(ctx, cfg); err != nil {
		t.Error(err)
		return
	}
	for u := range c.session.Updates() {
		for _, e := range u.Events {
			c.st.Apply(e)
			c.hear(e)
		}
	}
	c.sending.Wait()
	c.session.Close()
	c.source.cancel()
	c.source.running.Wait()
	c.release() // also what has not been diagnosed
	eventually(t, "the client's connections are closed", func() bool {
		client.Close() // an HTTP/2 connection is idle a moment after its last request was cancelled
		return len(client.Connections()) == 0
	})
	c.handler.Close()
	stop()
	c.check(t)
	if t.Failed() {
		t.Logf("diagnosed %v, why %q, verdict %s\n%s", c.diagnosed, c.st.Why, c.st.Verdict(), show(&c.st))
	}
}

func (c *realCell) serve(l net.Listener) (stop func()) {
	s := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: c.handler}
	s.SetKeepAlivesEnabled(c.play.http2) // else each file has a connection of its own
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c.play.tls {
			s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{c.cert}}
			_ = s.ServeTLS(l, "", "")
			return
		}
		_ = s.Serve(l)
	}()
	return func() {
		_ = s.Close()
		<-done
	}
}

// enough tells whether a diagnosis is the one that is due: in the phase, which the
// source may not have come to yet, and with the socket's word where the system gives
// it.
func (c *realCell) enough(it *Item, d *Diagnosed) bool {
	if marks := it.Current().Marks; len(marks) == 0 || marks[len(marks)-1].Phase != c.play.phase {
		return false
	}
	label := c.play.label
	least := fetch.Likely
	switch {
	case c.play.moves:
		label = "slow: "
	case runtime.GOOS != "linux" && c.play.cause != fetch.PoolEmpty:
		return d.Cause == c.play.cause || c.play.cause == fetch.StreamStarved && d.Cause == fetch.BodyStopped
	}
	return d.Cause == c.play.cause && d.Certainty >= least && strings.HasPrefix(d.Label, label)
}

func (c *realCell) hear(e Event) {
	switch b := e.Body.(type) {
	case StateChanged:
		it := c.st.Item(b.Item)
		if it == nil || it.Path != c.file.item {
			return
		}
		switch b.To {
		case Stalled:
			c.stalledAt = max(c.stalledAt, e.Seq)
		case Cancelled:
			c.endedAt = e.Seq
		}
	case Diagnosed:
		it := c.st.Item(b.Item)
		if it == nil || it.Path != c.file.item || c.diagnosed || !c.enough(it, &b) {
			return
		}
		if c.play.moves {
			c.stalledAt = e.Seq
		}
		c.diagnosed = true
		c.act(b.Item)
	case CommandDone:
		c.answered = append(c.answered, b.Command)
		if c.action != quitNow {
			c.release()
		}
	case RunSettled:
		it := c.item()
		if c.action == retryIt && it != nil && it.State == Verified && !c.settled {
			c.settled = true
			c.send(Stop{})
		}
	}
}

func (c *realCell) item() *Item {
	for i := range c.st.Items.Len() {
		if c.st.Items.At(i).Path == c.file.item {
			return c.st.Items.At(i)
		}
	}
	return nil
}

func (c *realCell) act(id ItemID) {
	switch c.action {
	case cancelOne:
		c.send(Cancel{[]ItemID{id}})
	case retryIt:
		c.heal() // not what is under way: the attempt is to be ended by the command
		if c.play.moves {
			c.send(Cancel{[]ItemID{id}}, Retry{Items: []ItemID{id}})
			return
		}
		c.send(Retry{Items: []ItemID{id}})
	case quitNow:
		c.send(Stop{Now: true})
	}
}

func (c *realCell) send(commands ...Command) {
	c.sending.Go(func() {
		for _, cmd := range commands {
			c.session.Send(cmd)
		}
	})
}

// heal makes well what is asked for from now on.
func (c *realCell) heal() {
	c.source.healed.Store(true)
	c.handler.ClearFault(c.file.path)
	c.handler.ClearFault("targets/" + beside)
}

// release lets all that waits go on.
func (c *realCell) release() {
	c.heal()
	c.gate.open()
	c.handler.Release("targets/" + beside)
}

func (c *realCell) check(t *testing.T) {
	checkRun(t, &c.st)
	it := c.item()
	if it == nil || !c.diagnosed || c.stalledAt == 0 {
		t.Error("the stall was not diagnosed")
		return
	}
	want := map[hangAction]int{cancelOne: 1, retryIt: 2, quitNow: 1}[c.action]
	if c.play.moves && c.action == retryIt {
		want++
	}
	if len(c.answered) != want || !c.st.Finished || !c.source.back.Load() {
		t.Errorf("%d answers to %d commands: %+v", len(c.answered), want, c.answered)
	}
	if c.action == retryIt {
		if it.State != Verified || it.Attempt != 2 || c.st.Verdict() != Healthy || c.st.Targets.ByState[Verified] != 2 {
			t.Errorf("%s after %d attempts, %s", it.State, it.Attempt, c.st.Verdict())
		}
		return
	}
	if it.State != Cancelled || it.Attempt != 1 || c.endedAt < c.stalledAt {
		t.Errorf("%s after %d attempts", it.State, it.Attempt)
	}
	if code := c.st.Verdict().ExitCode(); code != 2 && code != 3 {
		t.Errorf("exit code %d", code)
	}
	if c.action == cancelOne && !c.file.alone && c.st.Counts[Verified]+c.st.Counts[Skipped] != c.st.Items.Len()-1 {
		t.Error("the stall has hidden something else")
	}
}

// realSource is the real client. It asks for the sick file when nothing else is
// under way but its companion, so that the next connection is that file's.
type realSource struct {
	*fetch.Client
	cell *realCell
	base string

	ctx     context.Context // of the companion that is no item of the run
	cancel  context.CancelFunc
	running sync.WaitGroup
	others  atomic.Int32
	asked   chan struct{} // closed when the sick file has been asked for
	once    sync.Once
	healed  atomic.Bool
	back    atomic.Bool // the first attempt at it has returned
}

func (s *realSource) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if key(req.Name) != key(s.cell.file.item) {
		s.others.Add(1)
		defer s.others.Add(-1)
		if key(req.Name) == beside && !s.cell.file.alone {
			select {
			case <-s.asked:
			case <-ctx.Done():
			}
		}
		return s.Client.Get(ctx, req, sink, tr)
	}
	s.once.Do(func() {
		close(s.asked)
		s.prepare(ctx)
	})
	defer s.back.Store(true)
	return s.Client.Get(ctx, req, sink, tr)
}

func (s *realSource) prepare(ctx context.Context) {
	p, h := s.cell.play, s.cell.handler
	if p.busy() && s.cell.file.alone {
		s.running.Go(func() {
			req := fetch.Request{File: fetch.File{Base: s.base + "/targets", Name: nameOf(s.cell.repo, beside)}, Length: -1, Limit: 1 << 20}
			_, _ = s.Client.Get(s.ctx, req, io.Discard, nil)
		})
	}
	ready := func() bool {
		s.Client.Close() // a connection may be left over from a request that was not needed any more
		return s.others.Load() == 0 && len(s.Client.Connections()) == 0
	}
	if p.busy() {
		ready = func() bool { return h.Stalled("targets/"+beside) > 0 }
	}
	for !ready() && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if p.unserved && !s.healed.Load() {
		s.cell.gate.hold()
	}
}

// gate is a listener that can be held: the system goes on taking connections, and
// nobody accepts them.
type gate struct {
	*net.TCPListener
	mu     sync.Mutex
	held   chan struct{} // closed when it is open again; nil: it is
	parked chan struct{} // gets one token when Accept waits for that
	done   chan struct{}
	once   sync.Once
}

func listenGate(t *testing.T) *gate {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return &gate{TCPListener: l, parked: make(chan struct{}, 1), done: make(chan struct{})}
}

// hold returns when nothing is accepted any more: an Accept that waits ends at its
// deadline, but would still take what comes before it has woken up.
func (g *gate) hold() {
	g.mu.Lock()
	g.held = make(chan struct{})
	_ = g.SetDeadline(time.Unix(1, 0))
	g.mu.Unlock()
	select {
	case <-g.parked:
	case <-g.done:
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held != nil {
		_ = g.SetDeadline(time.Time{})
		close(g.held)
		g.held = nil
	}
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mu.Lock()
		held := g.held
		g.mu.Unlock()
		if held != nil {
			g.parked <- struct{}{}
			select {
			case <-held:
			case <-g.done:
				return nil, net.ErrClosed
			}
		}
		c, err := g.TCPListener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return c, err
		}
	}
}

func (g *gate) Close() error {
	g.once.Do(func() { close(g.done) })
	return g.TCPListener.Close()
}

// connectProxy is a proxy that knows CONNECT, and gives what ends it.
func connectProxy(g *gate) (stop func()) {
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	all.Go(func() {
		for {
			down, err := g.Accept()
			if err != nil {
				return
			}
			all.Go(func() { tunnelTo(ctx, down) })
		}
	})
	return func() {
		cancel()
		g.Close()
		all.Wait()
	}
}

func tunnelTo(ctx context.Context, down net.Conn) {
	defer context.AfterFunc(ctx, func() { down.Close() })()
	defer down.Close()
	req, err := http.ReadRequest(bufio.NewReader(down))
	if err != nil || req.Method != http.MethodConnect {
		return
	}
	var d net.Dialer
	up, err := d.DialContext(ctx, "tcp", req.Host)
	if err != nil {
		return
	}
	defer up.Close()
	_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(down, up)
		down.Close()
	}()
	_, _ = io.Copy(up, down)
	up.Close()
	<-back
}
