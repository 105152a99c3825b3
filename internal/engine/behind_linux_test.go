package engine

import (
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// silentPeer takes connections, reads, and says nothing.
func silentPeer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				_, _ = io.Copy(io.Discard, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String()
}

// fullPeer takes no connection, and its queue of them is full.
func fullPeer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) }); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", l.Addr().String()) // the queue has one place
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return l.Addr().String()
}

// TestAStallBehindARedirectIsThatOfTheOtherHost: what is shown is the phase, the cause,
// the evidence and the address of the request under way, and that a redirect led there.
func TestAStallBehindARedirectIsThatOfTheOtherHost(t *testing.T) {
	repo := build(t, 4)
	server, err := demo.Serve(repo)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	silent, full := silentPeer(t), fullPeer(t)
	cases := map[string]struct {
		scheme, address, reason, label, evidence string
		phase                                    fetch.Phase
		cause                                    fetch.Cause
	}{
		"t0": {"http", silent, "no first byte", "server: alive, silent (the process, or what it waits for)", "all that was sent is acknowledged", fetch.Headers, fetch.ServerSilent},
		"t1": {"https", silent, "no TLS hello", "server: alive, handshake unanswered", "all that was sent is acknowledged", fetch.TLS, fetch.HandshakeStalled},
		"t2": {"http", full, "connect unanswered", "network: connection attempt unanswered", "SYN-SENT, sent again", fetch.Connect, fetch.ConnectUnanswered},
	}
	for name, c := range cases {
		server.SetFault("targets/"+name, demo.Fault{Kind: demo.Redirect, Location: c.scheme + "://" + c.address + "/" + name})
	}
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cfg := DefaultConfig()
	cfg.Source, cfg.Repository = source, server.URL()
	cfg.Root, cfg.RootSource = repo.Root(1), RootFile
	cfg.StallAfter, cfg.StallTimeout, cfg.Retries = 1500*time.Millisecond, 1500*time.Millisecond, 0
	said := map[string]StateChanged{}
	st := runAndWatch(t, cfg, func(_ *Session, st *State, e Event) {
		if b, ok := e.Body.(StateChanged); ok && b.To == Stalled {
			said[st.Items.At(int(b.Item)).Path] = b
		}
	})
	checkRun(t, st)
	if it := byPath(t, st, "t3"); it.State != Verified {
		t.Errorf("a file that nobody redirects: %s", it.State)
	}
	for name, c := range cases {
		it := byPath(t, st, name)
		behind := fetch.BehindRedirect + c.address
		if got := said[name].Reason; got != c.reason+behind {
			t.Errorf("%s stalls with %q", name, got)
		}
		if p := it.Problem; p == nil || !strings.HasPrefix(p.Text, c.reason+" for ") || !strings.HasSuffix(p.Text, behind) || p.Evidence["phase"] != c.phase.String() {
			t.Errorf("%s ends with %+v", name, p)
		}
		d := it.Cause
		if d == nil || d.Cause != c.cause || d.Label != c.label+behind || !strings.HasPrefix(d.Evidence[0], c.evidence) || d.Certainty < fetch.Likely {
			t.Errorf("%s is diagnosed as %+v", name, d)
			continue
		}
		if len(d.Commands) != 2 || !strings.Contains(d.Commands[0], " -L ") || !strings.Contains(d.Commands[0], server.URL()+"/targets/") || !strings.HasSuffix(d.Commands[1], c.address) {
			t.Errorf("%s has the commands %q", name, d.Commands)
		}
		if got := it.Address(); got != c.address {
			t.Errorf("%s was connected to %s, want %s", name, got, c.address)
		}
	}
	host := strings.TrimPrefix(server.URL(), "http://")
	failed := map[string]int{}
	for i := range st.Hosts {
		if h := &st.Hosts[i]; h.Host != host {
			t.Errorf("a host that no file is of: %+v", h)
		} else {
			failed[h.Address] = h.Failed
		}
	}
	if failed[silent] != 2 || failed[full] != 1 || failed[host] != 0 {
		t.Errorf("failures by address: %v, want those behind the redirects alone", failed)
	}
	if marks := byPath(t, st, "t2").Current().Marks; slices.ContainsFunc(marks, func(m TimedMark) bool { return m.Phase > fetch.Headers }) {
		t.Errorf("marks of what was never sent: %+v", marks)
	}
}
