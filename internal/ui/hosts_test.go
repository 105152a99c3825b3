package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
)

// hosts has a host with two addresses of which one fails, one that is well, one whose
// queue is held, and one that was given up.
func (s *scene) hosts() {
	s.t.Helper()
	s.running()
	sum := func(host, address string, change func(*engine.HostChanged)) {
		h := engine.HostChanged{Host: host, Address: address, Open: 6, Bytes: 3 << 30, FirstByteP50: 40 * time.Millisecond, FirstByteP95: 210 * time.Millisecond}
		change(&h)
		s.fold(h)
	}
	sum("mirror.example.net", "198.51.100.4:443", func(h *engine.HostChanged) { h.Active, h.Rate = 3, 41*mib })
	sum("tuf.example.org", "203.0.113.7:443", func(h *engine.HostChanged) {
		h.Active, h.Waiting, h.Failed, h.Rate = 8, 3, 9, 92*mib
		h.Errors = []engine.Count{{Text: "503 Service Unavailable", N: 5}, {Text: "no first byte for 1m10s", N: 3}}
		h.FirstByteP95 = 2100 * time.Millisecond
	})
	sum("tuf.example.org", "[2001:db8::7]:443", func(h *engine.HostChanged) { h.Active, h.Rate, h.Open, h.Behind = 4, 90*mib, -1, "eu.cdn.example.net" })
	sum("tuf.example.org", "", func(h *engine.HostChanged) {
		*h = engine.HostChanged{Host: h.Host, Open: -1, Failed: 2, Errors: []engine.Count{{Text: "no such host", N: 2}}}
	})
	sum("tuf.example.org", "203.0.113.9:8443", func(h *engine.HostChanged) { h.Behind, h.Open, h.Bytes = h.Address, 0, 0 })
	sum("cdn.example.com", "192.0.2.9:443", func(h *engine.HostChanged) {
		h.Open, h.Active, h.Waiting, h.Bytes, h.Failed = 1, 1, 1, 0, 24
		h.Errors = []engine.Count{{Text: "connect: timed out after 10s", N: 24}}
		h.FirstByteP50, h.FirstByteP95 = 0, 0
	})
	s.fold(
		engine.BreakerChanged{Host: "cdn.example.com", State: engine.Held, Why: "the last 24 attempts all stalled or failed at the network: connect: timed out after 10s", Since: s.at - 9*time.Second, Next: s.at + 4*time.Second},
		engine.BreakerChanged{Host: "old.example.com", State: engine.GivenUp, Why: "silent: the last 24 attempts all stalled; not one answer in another 1m0s", Since: s.at - 70*time.Second},
	)
	s.keys("5")
	s.m.draw()
}

func TestHostScreens(t *testing.T) {
	screensAtAllSizes(t, map[string]func(*scene){
		"hosts":         func(s *scene) { s.hosts(); s.keys("j", "j") },
		"hosts-one":     func(s *scene) { s.running(); s.host(); s.keys("5") },
		"hosts-waiting": func(s *scene) { s.start(); s.keys("5") },
	})
	t.Run("mono", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 80, 24)
		s.hosts()
		golden(t, "hosts-mono-80x24", s, true)
	})
	t.Run("ascii", func(t *testing.T) {
		s := newScene(t, look{theme: Dark, ascii: true}, 120, 36)
		s.hosts()
		golden(t, "hosts-ascii-120x36", s, false)
	})
}

func TestNoHostScreenOverflows(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		s := newScene(t, look{theme: Dark, ascii: ascii}, 80, 24)
		s.keys("5")
		for i, play := range []func(*scene){func(*scene) {}, (*scene).hosts, func(s *scene) { s.keys("G") }, (*scene).settle} {
			play(s)
			for width := 1; width <= 220; width += 1 + width/20 {
				for height := 1; height <= 62; height += 1 + height/9 {
					s.m.resize(width, height)
					frame := s.m.draw()
					checkSize(t, frame, width, height)
					if t.Failed() {
						t.Fatalf("after %d plays, %dx%d", i, width, height)
					}
				}
			}
		}
	}
}

// order gives the first column of the table.
func (s *scene) hostOrder() string {
	v := s.m.views[viewHosts].(*hostsView)
	v.collect(s.m)
	var names []string
	for i := range v.rows {
		names = append(names, strings.TrimSpace(v.rows[i].name(100)))
	}
	return strings.Join(names, " | ")
}

func TestTheWorstHostStandsFirstAndItsAddressesWithIt(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hosts()
	want := "old.example.com | cdn.example.com  192.0.2.9:443 | tuf.example.org | 203.0.113.7:443 | (no connection) | [2001:db8::7]:443 (eu.cdn.example.net) | 203.0.113.9:8443 (redirect) | mirror.example.net  198.51.100.4:443"
	if got := s.hostOrder(); got != want {
		t.Errorf("the hosts are\n%s, want\n%s", got, want)
	}
	before := s.hostOrder()
	s.fold(engine.HostChanged{Host: "mirror.example.net", Address: "198.51.100.4:443", Rate: 900 * mib, Active: 12})
	if got := s.hostOrder(); got != before {
		t.Errorf("a rate changes the order: %s", got)
	}
	s.fold(engine.BreakerChanged{Host: "mirror.example.net", State: engine.Held, Why: "silent", Since: s.at})
	if got := s.hostOrder(); !strings.HasPrefix(got, "old.example.com | mirror.example.net") {
		t.Errorf("a host that is held does not stand among those: %s", got)
	}
}

func TestTheSumOfAHostIsThatOfItsAddresses(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hosts()
	v := s.m.views[viewHosts].(*hostsView)
	v.collect(s.m)
	r := v.rows[2]
	if r.Active != 12 || r.Open != 6 || r.Failed != 11 || r.Rate != 182*mib || r.queued != s.m.tally.waiting("tuf.example.org") || r.queued == 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Errors) != 3 || r.Errors[0].N != 5 || r.Errors[2] != (engine.Count{Text: "no such host", N: 2}) {
		t.Errorf("the errors are %v", r.Errors)
	}
}

// The cursor stays on its row when another one gets worse.
func TestTheCursorFollowsItsHost(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hosts()
	s.keys("j", "j") // tuf.example.org
	s.fold(engine.BreakerChanged{Host: "mirror.example.net", State: engine.Held, Why: "silent", Since: s.at})
	s.m.draw()
	v := s.m.views[viewHosts].(*hostsView)
	if r := v.current(); r == nil || r.host != "tuf.example.org" || v.row != 3 {
		t.Errorf("the cursor is in row %d, on %+v", v.row, r)
	}
	s.keys("g")
	s.fold(engine.BreakerChanged{Host: "mirror.example.net", State: engine.GivenUp, Why: "silent", Since: s.at})
	if s.m.draw(); v.row != 0 {
		t.Errorf("the cursor leaves the first row for row %d", v.row)
	}
}

func TestEnterShowsTheFilesOfAHost(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hosts()
	s.m.filter.problems = true
	s.keys("j", "j", "enter")
	if s.m.at != viewTargets || s.m.find.String() != "host:tuf.example.org" || s.m.list.shown() != s.m.st.Items.Len()-1 {
		t.Errorf("view %s, filter %q, %d files", s.m.at, s.m.find.String(), s.m.list.shown())
	}
	s.keys("5", "j", "enter")
	if got := s.m.find.String(); got != "host:203.0.113.7:443" || s.m.list.shown() == 0 {
		t.Errorf("filter %q shows %d files", got, s.m.list.shown())
	}
}

func TestAFolderHasAllFiles(t *testing.T) {
	s := small(t, 3)
	s.fold(engine.HostChanged{Host: "local", Address: "local", Open: -1})
	s.keys("5")
	if got := s.screen(); !strings.Contains(got, "› local ") {
		t.Errorf("the folder is not there:\n%s", got)
	}
	s.keys("enter")
	if s.m.find.String() != "" || s.m.list.shown() != 3 {
		t.Errorf("filter %q shows %d files", s.m.find.String(), s.m.list.shown())
	}
}

func TestMovingClickingAndCopyingHosts(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hosts()
	s.m.draw()
	v := s.m.views[viewHosts].(*hostsView)
	s.keys("n", "n", "n", "n")
	if r := v.current(); r.Failed != 2 {
		t.Errorf("n goes to %+v", r.hostKey)
	}
	s.keys("n", "N")
	if r := v.current(); r.Failed != 2 {
		t.Errorf("n and N end at %+v", r.hostKey)
	}
	s.m.do(input{act: actClick, row: s.m.viewTop + 4})
	if v.row != 3 {
		t.Errorf("a click on the fourth row leads to row %d", v.row)
	}
	s.m.do(input{act: actClick, row: s.m.viewTop + 20})
	s.m.do(input{act: actClick, row: s.m.viewTop})
	if v.row != 3 {
		t.Errorf("a click beside the rows leads to row %d", v.row)
	}
	if got := v.copy(s.m, false); got != "203.0.113.7:443" {
		t.Errorf("c takes %q", got)
	}
	s.keys("g")
	if got := v.copy(s.m, true); !strings.HasPrefix(got, "old.example.com") || !strings.Contains(got, "given up: silent") {
		t.Errorf("C takes %q", got)
	}
	s.keys("j")
	if got := v.copy(s.m, false); got != "cdn.example.com" {
		t.Errorf("c takes %q", got)
	}
}

// Hosts and addresses are hidden, cut or not.
func TestHostsAreHidden(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hosts()
	s.keys("P")
	for range 7 {
		for _, width := range []int{60, 80, 120} {
			s.m.resize(width, 36)
			got := s.screen()
			for _, secret := range []string{"mirror", "203.0.113", "2001:db8", "cdn.ex", "192.0.2", "tuf.ex"} {
				if strings.Contains(got, secret) {
					t.Errorf("%q is shown:\n%s", secret, got)
				}
			}
		}
		s.keys("j")
	}
}

func BenchmarkHostsFrame100000(b *testing.B) {
	s := large(b)
	for i := range 200 {
		s.fold(engine.HostChanged{Host: "tuf.example.org", Address: fmt.Sprintf("203.0.113.%d:443", i), Active: 1, Rate: mib, Failed: i,
			Errors: []engine.Count{{Text: "connection refused", N: i}}})
	}
	for i := range 5000 {
		s.m.tally.rates.add(time.Duration(i)*time.Second, float64(i%100)*mib)
	}
	s.keys("5")
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}
