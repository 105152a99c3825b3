package engine

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// hangHost is the server's name.
const hangHost = "repo.example"

// shared is what all cells use and none changes.
type shared struct {
	repo *demo.Repository
	cert tls.Certificate
	ca   []byte

	mu     sync.Mutex
	seen   map[*play]sight
	passed map[hangPlace]int
}

// hangPlace is a row and a column of the page's table.
type hangPlace struct {
	play *play
	kind string // of the file
}

// sight is what was seen of a cause, for the page.
type sight struct {
	fetch.Diagnosis
	after time.Duration
}

// TestHangMatrix plays every cause with every file, and does everything about it
// that a person or a limit can.
func TestHangMatrix(t *testing.T) {
	// A bubble's clock starts here.
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	repo, err := hangSpec(start.Add(-time.Hour)).Build()
	if err != nil {
		t.Fatal(err)
	}
	x := &shared{repo: repo, seen: map[*play]sight{}, passed: map[hangPlace]int{}}
	x.cert, x.ca = hangCertificate(t, start)
	t.Run("cells", func(t *testing.T) {
		for _, p := range plays {
			t.Run(p.number+" "+p.name, func(t *testing.T) {
				t.Parallel() // the bubbles are independent of each other
				for _, f := range hangFiles {
					for _, a := range hangActions {
						t.Run(f.kind+", "+string(a), func(t *testing.T) {
							synctest.Test(t, func(t *testing.T) { (&cell{shared: x, play: p, file: f, action: a}).run(t) })
							if !t.Failed() {
								x.pass(hangPlace{p, f.kind})
							}
						})
					}
				}
			})
		}
	})
	x.checkPage(t)
}

func (x *shared) pass(p hangPlace) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.passed[p]++
}

// hangCertificate is for the server, and vouches for itself.
func hangCertificate(t *testing.T, start time.Time) (tls.Certificate, []byte) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{hangHost}, NotBefore: start.Add(-time.Hour), NotAfter: start.AddDate(100, 0, 0),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: secret}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// cell is one run: a cause, a file, and an action.
type cell struct {
	*shared
	play   *play
	file   hangFile
	action hangAction

	net      *hangNetwork
	handler  *demo.Handler
	source   *hangSource
	start    time.Time
	session  *Session
	st       State
	commands sync.WaitGroup

	mu       sync.Mutex
	sent     map[string]int // commands by their type
	answered map[string]int

	stalled   time.Duration // when the item was said to be stalled, or slow
	diagnosed bool          // as it should be
	acted     time.Duration // when the first command was answered
	freed     time.Duration // when the slot was free after that
	finished  time.Duration
	settled   int
}

// run makes the run, looks at it, and cleans up.
func (c *cell) run(t *testing.T) {
	p := c.play
	c.sent, c.answered = map[string]int{}, map[string]int{}
	c.net = newHangNetwork(p, key(c.file.item))
	c.handler = demo.NewHandler(c.repo)
	c.handler.SetFault(c.file.path, p.fault)
	if p.busy() {
		c.handler.SetFault("targets/"+beside, p.companion)
	}
	served := c.serve()
	o := fetch.Options{Proxy: "none", DialContext: c.net.DialContext, DialHooks: true, HTTP1: !p.http2}
	scheme := "http"
	if p.tls {
		scheme, o.CA = "https", c.ca
	}
	if p.proxy {
		o.Proxy = "http://proxy.example:3128"
	}
	if p.one {
		o.MaxConns = 1
	}
	client, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	base := scheme + "://" + hangHost
	c.source = &hangSource{Client: client, net: c.net, handler: c.handler, file: c.file, base: base, other: nameOf(c.repo, beside)}
	c.source.ctx, c.source.cancel = context.WithCancel(t.Context())

	cfg := DefaultConfig()
	cfg.Source, cfg.Repository, cfg.Workers, cfg.StallAfter = c.source, base, 4, p.stall
	cfg.Root, cfg.RootSource = c.repo.Root(1), RootFile
	cfg.Interactive = c.action == retryIt
	if c.action == deadline {
		cfg.Deadline = p.stall + 1500*time.Millisecond
	}
	c.start = time.Now()
	if c.session, err = Start(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	for u := range c.session.Updates() {
		for _, e := range u.Events {
			c.st.Apply(e)
			c.hear(t, e)
		}
	}
	c.commands.Wait()
	c.session.Close()
	c.source.rest()
	settle() // an HTTP/2 connection is idle a moment after its last request was cancelled
	client.Close()
	synctest.Wait()
	if open, _ := c.net.counted(); open != 0 {
		t.Errorf("%d connections are left open", open)
	}
	c.handler.Close()
	served()
	c.check(t, cfg)
	if t.Failed() {
		t.Logf("stalled %s, diagnosed %v, acted %s, freed %s, finished %s, why %q, verdict %s\n%s",
			c.stalled, c.diagnosed, c.acted, c.freed, c.finished, c.st.Why, c.st.Verdict(), show(&c.st))
	}
}

// serve starts the server, and gives what ends it.
func (c *cell) serve() (stop func()) {
	s := &http.Server{
		ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.play.cut && strings.HasSuffix(r.URL.Path, c.net.sick) && c.net.isSick(c.net.sick) {
				l, _ := r.Context().Value(linkOf{}).(*link)
				c.commands.Go(func() {
					for c.handler.Stalled(c.file.path) == 0 {
						settle()
					}
					l.cut()
				})
			}
			c.handler.ServeHTTP(w, r)
		}),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			if over, ok := conn.(*tls.Conn); ok {
				conn = over.NetConn()
			}
			return context.WithValue(ctx, linkOf{}, conn.(*end).link)
		},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c.play.tls {
			s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{c.cert}, SessionTicketsDisabled: true}
			_ = s.ServeTLS(c.net, "", "")
			return
		}
		_ = s.Serve(c.net)
	}()
	return func() {
		_ = s.Close()
		<-done
	}
}

// linkOf is the key of a request's connection.
type linkOf struct{}

// item is the one that is stuck.
func (c *cell) item() *Item {
	for i := range c.st.Items.Len() {
		if c.st.Items.At(i).Path == c.file.item {
			return c.st.Items.At(i)
		}
	}
	return nil
}

// others is how many slots the other files can have.
func (c *cell) others() int {
	n := 0
	for i := range c.st.Items.Len() {
		if it := c.st.Items.At(i); it.Path != c.file.item && it.State.Active() && it.State != Stalled {
			n++
		}
	}
	return n
}

// hear watches for the moment to act, and for what comes of it.
func (c *cell) hear(t *testing.T, e Event) {
	it := c.item()
	switch b := e.Body.(type) {
	case StateChanged:
		if b.To == Connecting && c.acted > 0 && c.freed == 0 {
			c.freed = e.At // another one has got the slot
		}
		if it != nil && b.Item == it.ID && b.To == Stalled && c.stalled == 0 {
			c.stalled = e.At
			if c.play.moves {
				t.Errorf("%s is said to be stalled, and moves", it.Path)
			}
		}
	case Diagnosed:
		if it == nil || b.Item != it.ID || c.diagnosed || b.Cause == fetch.NoCause {
			return
		}
		if c.play.moves {
			c.stalled = e.At
			if it.State != Transferring {
				t.Errorf("%s is %s, and moves", it.Path, it.State)
			}
		}
		if c.stalled == 0 {
			return // slow before it stalled
		}
		c.diagnosed = true
		c.judge(t, it, &b)
		c.act(it.ID)
	case QueueChanged:
		if c.acted > 0 && c.freed == 0 && b.Active <= c.others() {
			c.freed = e.At
		}
	case CommandDone:
		c.answered[fmt.Sprintf("%T", b.Command)]++
		if b.Err != "" || b.Skipped > 0 {
			t.Errorf("%T: %s, %d skipped: %s", b.Command, b.Err, b.Skipped, b.Reason)
		}
		if c.acted == 0 {
			c.acted = e.At
		}
		if c.action == retryIt {
			c.release()
		}
	case RunSettled:
		if c.settled++; c.action == retryIt && it.State == Verified {
			c.send(Stop{})
		}
	case RunFinished:
		c.finished = e.At
	}
}

// judge looks at what is said of the stuck item at first.
func (c *cell) judge(t *testing.T, it *Item, d *Diagnosed) {
	p := c.play
	began := time.Unix(0, c.source.began.Load()).Sub(c.start)
	after := c.stalled - began
	if after > p.stall+time.Second || after < 0 {
		t.Errorf("shown after %s", after)
	}
	if marks := it.Current().Marks; len(marks) == 0 || marks[len(marks)-1].Phase != p.phase {
		t.Errorf("in %v, want phase %s", marks, p.phase)
	}
	if !p.moves && (it.State != Stalled || it.Problem == nil || it.Problem.Evidence["phase"] != p.phase.String()) {
		t.Errorf("%s, %+v", it.State, it.Problem)
	}
	if d.Cause != p.cause || d.Certainty < p.sure || !strings.HasPrefix(d.Label, p.label) || len(d.Evidence) == 0 {
		t.Errorf("diagnosed %+v", d.Diagnosis)
	}
	if c.action == cancelOne && c.file.kind == "target file" {
		c.shared.mu.Lock()
		defer c.shared.mu.Unlock()
		c.seen[p] = sight{d.Diagnosis, after}
	}
}

// send sends commands in their order, each after the answer to the one before.
func (c *cell) send(commands ...Command) {
	c.commands.Go(func() {
		for _, cmd := range commands {
			if c.session.Send(cmd) {
				c.mu.Lock()
				c.sent[fmt.Sprintf("%T", cmd)]++
				c.mu.Unlock()
			}
		}
	})
}

// act does what the cell is about.
func (c *cell) act(id ItemID) {
	switch c.action {
	case cancelOne:
		c.send(Cancel{[]ItemID{id}})
	case cancelAll:
		c.send(CancelAll{})
	case retryIt:
		c.heal()          // not what is under way: the attempt is to be ended by the command
		if c.play.moves { // what moves is under way, and is not retried
			c.send(Cancel{[]ItemID{id}}, Retry{Items: []ItemID{id}})
			return
		}
		c.send(Retry{Items: []ItemID{id}})
	case quitNow:
		c.send(Stop{Now: true})
	case deadline:
		return
	}
	if c.action != retryIt {
		c.commands.Go(func() {
			time.Sleep(500 * time.Millisecond)
			c.heal()
			c.release()
		})
	}
}

// heal makes well what is asked for from now on.
func (c *cell) heal() {
	c.net.heal()
	c.handler.ClearFault(c.file.path)
	c.handler.ClearFault("targets/" + beside)
}

// release lets the companion go on.
func (c *cell) release() { c.handler.Release("targets/" + beside) }

// check looks at what came of it.
func (c *cell) check(t *testing.T, cfg Config) {
	checkRun(t, &c.st)
	it := c.item()
	if it == nil || !c.diagnosed {
		t.Fatal("the stall was not diagnosed")
	}
	if !maps.Equal(c.answered, c.sent) {
		t.Errorf("the commands %v were taken, and %v answered", c.sent, c.answered)
	}
	if !c.st.Finished || c.finished == 0 {
		t.Error("the run has not finished")
	}
	acted := c.start.Add(c.acted)
	if c.action == deadline {
		acted = c.start.Add(cfg.Deadline)
	}
	ended := time.Unix(0, c.source.ended.Load())
	if late := ended.Sub(acted); late < 0 || late > 100*time.Millisecond {
		t.Errorf("the attempt's worker came back %s after the answer", late)
	}
	if _, left := c.net.counted(); !c.play.http2 && !c.play.one && (left.Before(acted) || left.After(acted.Add(100*time.Millisecond))) && c.action != retryIt {
		t.Errorf("the connection was closed %s after the answer", left.Sub(acted))
	}
	switch c.action {
	case retryIt:
		if it.State != Verified || it.Attempt != 2 || c.st.Verdict() != Healthy || c.st.Targets.ByState[Verified] != 2 || c.st.Counts[Verified]+c.st.Counts[Skipped] != c.st.Items.Len() {
			t.Errorf("%s after %d attempts, %s", it.State, it.Attempt, c.st.Verdict())
		}
		return
	case cancelOne, cancelAll:
		if c.freed < c.acted || c.freed > c.acted+100*time.Millisecond {
			t.Errorf("the slot was free at %s, the command was answered at %s", c.freed, c.acted)
		}
		if c.action == cancelOne && !c.file.alone && c.st.Counts[Verified]+c.st.Counts[Skipped] != c.st.Items.Len()-1 {
			t.Error("the stall has hidden something else")
		}
	case quitNow:
		if c.finished > c.acted+time.Second {
			t.Errorf("finished %s after the answer", c.finished-c.acted)
		}
	case deadline:
		if c.finished < cfg.Deadline || c.finished > cfg.Deadline+100*time.Millisecond || it.Problem == nil || it.Problem.Kind != finding.DeadlineReached {
			t.Errorf("finished at %s, %+v", c.finished, it.Problem)
		}
	}
	if it.State != Cancelled || it.Attempt != 1 {
		t.Errorf("%s after %d attempts", it.State, it.Attempt)
	}
	if code := c.st.Verdict().ExitCode(); code != 2 && code != 3 {
		t.Errorf("exit code %d", code)
	}
}
