package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// A stall behind a redirect is told in the phase of the request under way, ends when that
// moves, and marks go back to none.
func TestARequestBehindARedirectHasPhasesOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const to, address = "mirror.example:81", "192.0.2.7:81"
		m := newMemory(build(t, 3))
		m.sick["t0"] = func(ctx context.Context, n int, tr fetch.Trace) error {
			hop := func(p fetch.Phase, address string) {
				tr.(fetch.HopTrace).Hop(fetch.Hop{Scheme: "http", Host: to, URL: "http://" + to + "/t0", Mark: fetch.Mark{Phase: p, Address: address}})
			}
			tr.Enter(fetch.Mark{Phase: fetch.Connect, Address: "192.0.2.1:80"})
			tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: "192.0.2.1:80"})
			time.Sleep(time.Second)
			tr.Respond(fetch.Response{Status: 302, Header: map[string]string{"Location": "//" + to + "/t0"}})
			hop(fetch.Pool, "")
			hop(fetch.DNS, "")
			time.Sleep(15 * time.Second)
			hop(fetch.Connect, address)
			time.Sleep(15 * time.Second)
			hop(fetch.Send, address)
			hop(fetch.Headers, address)
			hop(fetch.Body, address)
			tr.Enter(fetch.Mark{Phase: fetch.Body, Address: address})
			tr.Respond(fetch.Response{Status: 200})
			return nil
		}
		var said, causes []string
		st := runAndWatch(t, configFor(m), func(_ *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case StateChanged:
				if it := st.Items.At(int(b.Item)); it.Path == "t0" && b.To != Queued {
					said = append(said, b.To.String()+": "+b.Reason)
				}
			case Diagnosed:
				if !slices.Contains(causes, b.Label) {
					causes = append(causes, b.Label)
				}
			}
		})
		checkRun(t, st)
		const behind = ", behind a redirect to " + to
		want := []string{
			"connecting: ", "waiting: ", "stalled: no DNS answer" + behind,
			"connecting: goes on after a stall", "stalled: connect unanswered" + behind,
		}
		if len(said) < len(want) || !slices.Equal(said[:len(want)], want) {
			t.Errorf("got  %q\nwant %q", said, want)
		}
		if want := []string{"dns: the resolver has not answered" + behind, "network: connection attempt unanswered" + behind}; !slices.Equal(causes, want) {
			t.Errorf("got  %q\nwant %q", causes, want)
		}
		it := byPath(t, st, "t0")
		if it.State != Verified || it.Address() != address {
			t.Errorf("%s at %s", it.State, it.Address())
		}
		a := it.Current()
		if len(a.Hops) != 1 || !it.Redirected() || a.Response.Status != 200 {
			t.Fatalf("%+v", a)
		}
		if h := a.Hops[0]; h.URL != "http://"+to+"/t0" || h.By.Status != 302 || h.From != "192.0.2.1:80" || h.Address != address {
			t.Errorf("%+v", h)
		}
		for k, want := range []string{"[connect headers]", "[pool dns connect send headers body verify]"} {
			if marks := a.Leg(k); fmt.Sprint(phasesOf(marks)) != want {
				t.Errorf("request %d: %v, want %s", k, phasesOf(marks), want)
			}
		}
		if got := fmt.Sprint(phasesOf(a.Course())); got != "[connect headers pool dns connect send headers body verify]" {
			t.Errorf("all in all %s", got)
		}
		for i := range st.Hosts {
			want := ""
			if a := st.Hosts[i].Address; a == address || a == "" { // for a while it had none
				want = to
			}
			if h := &st.Hosts[i]; h.Behind == to && h.Address != "" && h.FirstByteP95 != 30*time.Second || h.Address == "192.0.2.1:80" && h.FirstByteP95 != time.Second {
				t.Errorf("it is to have been quick or slow by itself: %+v", h)
			}
			if h := &st.Hosts[i]; strings.Contains(h.Host, "mirror") || h.Failed > 0 || h.Behind != want {
				t.Errorf("%+v", h)
			}
		}
	})
}

func phasesOf(marks []TimedMark) (list []fetch.Phase) {
	for _, m := range marks {
		list = append(list, m.Phase)
	}
	return list
}

// The queue of a host that redirects to a silent one is held, and the reason says which
// host is silent.
func TestAHeldQueueNamesTheHostBehindTheRedirect(t *testing.T) {
	within(t, 4*time.Minute, func(t *testing.T) {
		m := newMemory(build(t, 200))
		for i := range 200 {
			m.sick[fmt.Sprint("t", i)] = func(ctx context.Context, _ int, tr fetch.Trace) error {
				tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: "192.0.2.1:80"})
				tr.(fetch.HopTrace).Hop(fetch.Hop{Scheme: "http", Host: "mirror.example", Mark: fetch.Mark{Phase: fetch.Pool}})
				tr.(fetch.HopTrace).Hop(fetch.Hop{Scheme: "http", Host: "mirror.example", Mark: fetch.Mark{Phase: fetch.Connect, Address: "192.0.2.7:80"}})
				return silence(ctx)
			}
		}
		var said []BreakerChanged
		st := runAndWatch(t, configFor(m), breakers(&said))
		checkRun(t, st)
		if len(said) == 0 || said[0].State != Held || !strings.HasSuffix(said[0].Why, ": connect unanswered, behind a redirect to mirror.example") {
			t.Errorf("%+v", said)
		}
	})
}
