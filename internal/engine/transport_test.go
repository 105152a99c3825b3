package engine

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// ids are findings as "id subject".
func ids(list []finding.Finding) string {
	var out []string
	for i := range list {
		out = append(out, string(list[i].ID)+" "+list[i].Subject)
	}
	return strings.Join(out, ", ")
}

func TestHTTPCountsOnlyWhereSomebodyCanListen(t *testing.T) {
	for base, want := range map[string]string{
		"http://repo.example/metadata": "repo.example", "HTTP://Repo.Example:8080": "repo.example:8080", "http://192.0.2.1/": "192.0.2.1",
		"https://repo.example": "", "/folder": "", "file:///folder": "", "http://localhost:8080/": "", "http://a.localhost": "",
		"http://127.0.0.1:1/": "", "http://127.8.9.1": "", "http://[::1]:80/": "", "http://[::ffff:127.0.0.1]/": "", "http://[2001:db8::1]:80/": "[2001:db8::1]:80",
		"http://user:secret@repo.example/?token=secret": "repo.example",
	} {
		if got := plainHost(base); got != want {
			t.Errorf("%s: %q, want %q", base, got, want)
		}
	}
	for _, c := range []struct {
		at       place
		metadata bool
		want     int
	}{
		{place{"http://a.example/m", "http://a.example/t"}, false, 1},
		{place{"http://a.example/m", "http://b.example/t"}, false, 2},
		{place{"https://a.example/m", "http://b.example/t"}, false, 1},
		{place{"https://a.example/m", "http://b.example/t"}, true, 0},
		{place{"http://a.example/m", "http://a.example/t"}, true, 1},
	} {
		var x transport
		x.bases(c.at, c.metadata)
		if len(x.plain) != c.want {
			t.Errorf("%+v: %s", c.at, ids(x.plain))
		}
	}
}

func TestClocksAreComparedWithTheWholeTimeOfTheRequest(t *testing.T) {
	asked := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	came := asked.Add(time.Minute)
	an := func(d time.Duration) fetch.Answer {
		return fetch.Answer{Status: 200, Asked: asked, Came: came, Date: asked.Add(d)}
	}
	aged := an(-time.Hour)
	aged.Aged = true
	for _, c := range []struct {
		name    string
		answers []fetch.Answer
		says    string // what the message has, or ""
	}{
		{"no answer", nil, ""},
		{"no date", []fetch.Answer{{Status: 200, Asked: asked, Came: came}}, ""},
		{"within the request", []fetch.Answer{an(30 * time.Second)}, ""},
		{"five minutes before it", []fetch.Answer{an(-5 * time.Minute)}, ""},
		{"and a second", []fetch.Answer{an(-5*time.Minute - time.Second)}, "behind"},
		{"five minutes after it", []fetch.Answer{an(6 * time.Minute)}, ""},
		{"and a second after it", []fetch.Answer{an(6*time.Minute + time.Second)}, "ahead of"},
		{"an hour, and then in time", []fetch.Answer{an(-time.Hour), an(0)}, ""},
		{"in time, and then an hour", []fetch.Answer{an(0), an(-time.Hour)}, ""},
		{"two hours, and one", []fetch.Answer{an(-2 * time.Hour), an(-time.Hour)}, "1h00m behind"},
		{"from a cache that says so", []fetch.Answer{aged}, ""},
	} {
		m := &manner{name: "h"}
		for _, a := range c.answers {
			m.compareClock(&a)
		}
		got := m.clockFinding()
		if (len(got) > 0) != (c.says != "") || len(got) > 0 && !strings.Contains(got[0].Message, c.says) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestAHostIsSlowOnlyWhenItsLargeFilesTakeLongerThanAClientTries(t *testing.T) {
	const fast, slow = 10 << 20, 100 << 10
	for _, c := range []struct {
		name    string
		rates   []float64
		longest int64
		want    bool
	}{
		{"nothing was measured", nil, 1 << 40, false},
		{"two bodies are few", []float64{slow, slow}, 1 << 40, false},
		{"slow, with a large file", []float64{slow, slow, slow}, 16 << 20, true},
		{"slow, and no file is large", []float64{slow, slow, slow}, 14 << 20, false},
		{"one fast, and half of them slow", []float64{fast, slow, slow}, 16 << 20, true},
		{"one slow", []float64{fast, fast, slow}, 1 << 40, false},
		{"fair, whatever it has", []float64{fairRate, fairRate, fairRate}, 1 << 40, false},
	} {
		m := &manner{name: "h", rates: c.rates, longest: c.longest, called: "x"}
		if got := ids(m.findings()); (got != "") != c.want || c.want && got != "slow h" {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestRatesAreOfLargeBodiesAndAsIfTheLineWereNotShared(t *testing.T) {
	m, it := &manner{}, &item{as: &trust.Target{Path: "x", Length: 1 << 20}}
	timed := func(wire int64, shared int) {
		a := &attempt{}
		a.marks[0] = phaseMark{fetch.Mark{Phase: fetch.Body}, time.Second}
		a.nmarks = 1
		a.wire.Store(wire)
		a.last.Store(int64(3 * time.Second))
		m.timed(it, a, shared)
	}
	timed(leastBody-1, 1)
	if len(m.rates) != 0 {
		t.Error("a small body was measured")
	}
	timed(1<<20, 4)
	if len(m.rates) != 1 || m.rates[0] != 2<<20 {
		t.Errorf("the rates are %v", m.rates)
	}
	for range 2 * ratesKept {
		timed(1<<20, 1)
	}
	if len(m.rates) != ratesKept || m.rates[0] != 1<<19 {
		t.Errorf("%d rates are kept, the first is %f", len(m.rates), m.rates[0])
	}
}

func TestOnlyTheRootBehindTheLastOneMustNotBeKept(t *testing.T) {
	root := func(v int64) *item { return &item{meta: &metaFile{name: fmt.Sprintf("%d.root.json", v)}} }
	gone := &fetch.Answer{Status: http.StatusNotFound, Kept: 10 * time.Minute}
	var c cached
	c.keep(root(3), gone, false)
	c.keep(root(4), gone, false)
	if got := ids(c.rootFinding(1)); got != "" {
		t.Errorf("root v2 is on its way: %s", got)
	}
	c.keep(root(2), &fetch.Answer{Status: 200, Kept: time.Hour}, true)
	if got := ids(c.rootFinding(1)); got != "timestamp-cached root v3" {
		t.Errorf("says %q", got)
	}
	c.keep(root(3), &fetch.Answer{Status: http.StatusNotFound, Kept: keptFor}, false)
	if got := ids(c.rootFinding(1)); got != "" {
		t.Errorf("asked again, and it may not be kept: %s", got)
	}
	stamp := &item{meta: &metaFile{name: "timestamp.json"}}
	c.keep(stamp, &fetch.Answer{Status: 200, Age: time.Second, Kept: time.Hour}, true)
	if got := c.stampFinding(); len(got) != 1 || got[0].Message != "timestamp.json came from a cache that had kept it for 1s, and may be kept in caches for 1h00m" {
		t.Errorf("says %+v", got)
	}
	c.keep(stamp, &fetch.Answer{Status: 304, Age: time.Second}, false)
	if len(c.stampFinding()) != 1 {
		t.Error("an answer without the file took the place of one with it")
	}
	c.keep(stamp, &fetch.Answer{Status: 200}, true)
	if got := c.stampFinding(); len(got) != 0 {
		t.Errorf("fetched again, it still says %+v", got)
	}
}

func TestMetadataDiffersOnlyUnderOneVersionOrWhenItGoesBack(t *testing.T) {
	file := func(version int, text string) []byte {
		return fmt.Appendf(nil, `{"signed": {"version": %d, "x": %q}}`, version, text)
	}
	for _, c := range []struct {
		name         string
		first, then  []byte
		wasNotTaken  bool
		says, holder string
	}{
		{"the same", file(5, "a"), file(5, "a"), false, "", ""},
		{"a new version", file(5, "a"), file(6, "a"), false, "", ""},
		{"other bytes", file(5, "a"), file(5, "b"), false, "two requests brought different files of version 5", "timestamp"},
		{"an older version", file(5, "a"), file(4, "a"), false, "one request brought version 5, and a later one version 4", "timestamp"},
		{"mended", file(5, "a"), file(5, "b"), true, "", ""},
		{"no version", file(5, "a"), []byte("x"), false, "", ""},
		{"too large to look into", file(5, "a"), file(5, strings.Repeat("b", contentMost)), false, "", ""},
	} {
		var d differing
		it := &item{meta: &metaFile{name: "timestamp.json"}}
		d.compareMetadata(it, &report{content: contentOf(c.first)})
		it.meta.accepted = !c.wasNotTaken
		d.compareMetadata(it, &report{content: contentOf(c.then)})
		switch {
		case c.says == "" && len(d.differ) == 0:
		case len(d.differ) != 1 || d.differ[0].Message != c.says || d.differ[0].Subject != c.holder || len(d.differ[0].Evidence) != 2:
			t.Errorf("%s: %+v", c.name, d.differ)
		}
	}
	for name, want := range map[string]string{"timestamp.json": "timestamp", "5.root.json": "root v5", "2.team.json": "2.team"} {
		if got := called(name); got != want {
			t.Errorf("%s is called %q", name, got)
		}
	}
}

func TestAMendedTargetIsNoOtherAnswer(t *testing.T) {
	m := newMemory(build(t, 1))
	r := newRun(t.Context(), configFor(m), newSession(func(error) {}))
	r.items.Append(item{kind: Target, as: &trust.Target{Path: "t", Length: 9}, origin: r.originOf("https://repo", false)})
	it, a := r.items.At(0), &attempt{}
	d := &r.transport.differing
	wrong := func(got string) *report { return &report{a: a, bad: &mismatch{"sha256", "00", got}} }
	short := &report{a: a, err: &fetch.Error{Kind: finding.WrongLength}}
	broken := &report{a: a, err: &fetch.Error{Kind: finding.Incomplete}}
	for _, c := range []struct {
		name string
		reps []*report
		hand bool // the second was asked for by a person
		want int
	}{
		{"wrong, then right", []*report{wrong("11"), {a: a}}, false, 1},
		{"wrong, broken off, then right", []*report{wrong("11"), broken, {a: a}}, false, 1},
		{"wrong, then right after a person's retry", []*report{wrong("11"), {a: a}}, true, 0},
		{"wrong twice", []*report{wrong("11"), wrong("11")}, false, 0},
		{"wrong otherwise", []*report{wrong("11"), wrong("22")}, false, 1},
		{"short, then wrong", []*report{short, wrong("22")}, false, 1},
		{"short twice", []*report{short, short}, false, 0},
		{"right at once", []*report{{a: a}}, false, 0},
	} {
		*d = differing{}
		it.again = false
		for _, rep := range c.reps {
			d.compare(r, a, rep, &fetch.Answer{})
			it.again = !c.hand
		}
		if len(d.differ) != c.want {
			t.Errorf("%s: %+v", c.name, d.differ)
		}
	}
	*d = differing{}
	for range mostSaid + 3 {
		it.again = false
		d.compare(r, a, wrong("11"), &fetch.Answer{})
		it.again = true
		d.compare(r, a, &report{a: a}, &fetch.Answer{})
	}
	if list := r.transport.now(); len(list) != mostSaid+1 || !strings.HasPrefix(list[mostSaid].Message, "… and 3 more files") {
		t.Errorf("%d are said, the last is %+v", len(list), list[len(list)-1])
	}
}

func TestAConnectionThatBringsNoAnswerIsNoOtherAnswer(t *testing.T) {
	r := newRun(t.Context(), configFor(newMemory(build(t, 1))), newSession(func(error) {}))
	r.items.Append(item{kind: Target, as: &trust.Target{Path: "t", Length: 9}, origin: r.originOf("https://repo", false)})
	a := &attempt{part: part{at: 3, whole: 9}}
	reset := &report{a: a, err: &fetch.Error{Kind: finding.Unreachable}}
	d := &r.transport.differing
	for answer, want := range map[fetch.Answer]int{{}: 0, {Status: 206, Whole: 9}: 0, {Status: 206, Whole: 8}: 1} {
		*d = differing{}
		if d.compare(r, a, reset, &answer); len(d.differ) != want {
			t.Errorf("%+v: %+v", answer, d.differ)
		}
	}
}

func TestWhatIsShownNoMoreIsTakenBack(t *testing.T) {
	r := newRun(t.Context(), configFor(newMemory(build(t, 1))), newSession(func(error) {}))
	var st State
	fold := func() {
		u, _ := r.hub.take()
		for _, e := range u.Events {
			st.Apply(e)
		}
	}
	m := r.transport.of("h")
	m.files, m.encoded, m.encoding = 2, 1, "gzip"
	r.tellTransport(false)
	if fold(); st.Notes.Len() != 0 {
		t.Errorf("sums are said before they are final: %+v", st.Notes.values())
	}
	r.transport.stamp = "is old"
	r.tellTransport(true)
	if fold(); st.Notes.Len() != 2 || len(r.notes) != 2 {
		t.Errorf("said are %+v", st.Notes.values())
	}
	m.files, r.transport.stamp = 3, ""
	r.tellTransport(false)
	if fold(); st.Notes.Len() != 1 || st.Notes.values()[0].Finding.ID != finding.ContentEncoding {
		t.Errorf("said are %+v", st.Notes.values())
	}
	r.tellTransport(true)
	if fold(); st.Notes.Len() != 1 || !strings.Contains(st.Notes.values()[0].Finding.Message, "1 of 3") || len(r.notes) != 1 || st.Violations != 0 {
		t.Errorf("said are %+v, %d violations", st.Notes.values(), st.Violations)
	}
}

func TestHostsAndRedirectsAreBounded(t *testing.T) {
	var x transport
	for i := range 2 * mostSaid {
		x.of(fmt.Sprint("h", i))
		x.redirected(hop{"a", fmt.Sprint("b", i)})
		x.redirected(hop{"a", fmt.Sprint("b", i)})
	}
	if len(x.hosts) != mostSaid || len(x.moves) != mostSaid || x.moves[0].n != 2 || x.other != 2*mostSaid {
		t.Errorf("%d hosts, %d pairs, %d others", len(x.hosts), len(x.moves), x.other)
	}
	for _, c := range []struct {
		from, to string
		away     bool
	}{
		{"a.example", "", false}, {"a.example", "b.example", true}, {"a.example", "a.example:8443", false},
		{"[2001:db8::1]:80", "[2001:db8::1]", false}, {"a.example:80", "www.a.example:80", true},
	} {
		if got := leadsAway(&fetch.Answer{Host: c.from, To: c.to}); got != c.away {
			t.Errorf("%s to %s: %t", c.from, c.to, got)
		}
	}
}
