package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/alive"
)

func TestHowLongAnInspectionIsWaitedFor(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	// Each step lets time pass and then does something; passing is in looks of a
	// second, a gap is one look that comes late.
	type step struct {
		passes, gap time.Duration
		does        func(*vigil)
	}
	moves := func(v *vigil) { v.moved() }
	for _, c := range []struct {
		name  string
		v     vigil
		steps []step
		want  string // the reason; "": it is still waited for
	}{
		{"signs of life", vigil{}, []step{{29 * time.Second, 0, moves}, {29 * time.Second, 0, moves}, {29 * time.Second, 0, nil}}, ""},
		{"none from the start", vigil{}, []step{{30 * time.Second, 0, nil}}, "has given no sign of life for 30s"},
		{"none any more", vigil{}, []step{{29 * time.Second, 0, moves}, {30 * time.Second, 0, nil}}, "has given no sign of life for 30s"},
		{"none while nobody could look", vigil{}, []step{{10 * time.Second, time.Hour, nil}, {17 * time.Second, 0, nil}}, ""},
		{"none while it is stopped", vigil{}, []step{
			{10 * time.Second, 0, func(v *vigil) { v.stopped = true }}, {4 * time.Minute, 0, func(v *vigil) { v.stopped = false }}, {19 * time.Second, 0, nil},
		}, ""},
		{"stopped alone for long", vigil{stopped: true}, []step{{5 * time.Minute, 0, nil}}, "has been stopped for 5m0s, alone"},
		{"stopped together with the one who looks", vigil{stopped: true}, []step{{time.Minute, time.Hour, nil}, {time.Minute, time.Hour, nil}}, ""},
		{"none after it was stopped", vigil{}, []step{
			{10 * time.Second, 0, func(v *vigil) { v.stopped = true }}, {4 * time.Minute, 0, func(v *vigil) { v.stopped = false }}, {20 * time.Second, 0, nil},
		}, "has given no sign of life for 30s"},
		{"a report that gets on", vigil{limits: limits{silent: time.Hour}}, []step{
			{0, 0, func(v *vigil) { v.wrote() }}, {59 * time.Second, 0, func(v *vigil) { v.wrote() }}, {59 * time.Second, 0, nil},
		}, ""},
		{"a report that nobody reads", vigil{limits: limits{silent: time.Hour}}, []step{{0, 0, func(v *vigil) { v.wrote() }}, {time.Minute, 0, nil}}, "could not write the report"},
		{"its end after a signal", vigil{}, []step{{5 * time.Second, 0, func(v *vigil) { v.asked = true }}, {9 * time.Second, 0, nil}}, ""},
		{"no end after a signal, stopped or not", vigil{}, []step{
			{5 * time.Second, 0, func(v *vigil) { v.asked, v.stopped = true, true }}, {10 * time.Second, 0, nil},
		}, "has not ended within 10s of the signal"},
		{"a deadline not long ago", vigil{deadline: time.Minute, limits: limits{silent: time.Hour}}, []step{{79 * time.Second, 0, nil}}, ""},
		{"a deadline long ago, stopped or not", vigil{deadline: time.Minute, stopped: true}, []step{{80 * time.Second, 0, nil}}, "has not ended 20s after its deadline of 1m0s"},
	} {
		v, silent := c.v, c.v.silent
		v.limits, v.last = defaultLimits(), start
		if silent > 0 {
			v.silent = silent
		}
		now, got := start, ""
		for _, s := range c.steps {
			for end := now.Add(s.passes); now.Before(end) && got == ""; {
				now = now.Add(v.limits.look)
				got = v.look(now)
			}
			if s.gap > 0 && got == "" {
				now = now.Add(s.gap)
				got = v.look(now)
			}
			if s.does != nil {
				s.does(&v)
			}
		}
		if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnInspectionWithoutAParentIsWatchedToo(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(*alone, *alive.Part)
		want string
	}{
		{"one that moves", func(_ *alone, p *alive.Part) {
			for range 100 {
				p.Busy()
				time.Sleep(time.Second)
			}
		}, ""},
		{"one that does not", func(_ *alone, p *alive.Part) {
			p.Busy()
			time.Sleep(time.Minute)
		}, "has given no sign of life for 30s"},
		{"one whose report nobody reads", func(a *alone, _ *alive.Part) {
			a.ended()
			time.Sleep(2 * time.Minute)
		}, "could not write the report: nobody has read stdout, or the disk has not answered, for 1m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := ""
				a := newAlone(defaultLimits(), 0, func(why string) { got = why })
				wd := alive.NewWatchdog(alive.Options{})
				wd.Start()
				a.run(wd)
				c.run(a, wd.Part("loop"))
				a.close()
				wd.Close()
				if got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestAlarmsInWords(t *testing.T) {
	for _, c := range []struct {
		alarm alive.Alarm
		want  string
	}{
		{alive.Alarm{Part: "the pump", For: 5200 * time.Millisecond, Dump: "/d"}, "tufinspect: the pump has not moved for 5s; what everything was doing is in /d"},
		{alive.Alarm{Part: "the pump", For: 5 * time.Second, Dump: "/d", Trace: "/t"}, "tufinspect: the pump has not moved for 5s; what everything was doing is in /d, and the trace in /t"},
		{alive.Alarm{Part: "the pump", For: 5 * time.Second, Err: "no space"}, "tufinspect: the pump has not moved for 5s; no space"},
		{alive.Alarm{Part: "the pump", For: 9 * time.Second, Over: true}, "tufinspect: the pump moves again, after 9s"},
	} {
		if got := alarmText(c.alarm); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// count is an overseer that counts.
type count int

func (*count) run(*alive.Watchdog) {}
func (c *count) ended()            { *c++ }

func TestAReportThatGetsOnIsHeardOf(t *testing.T) {
	var out strings.Builder
	var n count
	text := strings.Repeat("x", 100<<10)
	if w, err := (taken{&out, &n}).Write([]byte(text)); w != len(text) || err != nil || out.String() != text || n != 24 {
		t.Errorf("%d, %v, %d bytes, %d times", w, err, out.Len(), n)
	}
}
