package har

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// archive is what these tests read of one.
type archive struct {
	Log struct {
		Entries []struct {
			Started time.Time `json:"startedDateTime"`
			Time    float64
			Request struct {
				URL     string
				Headers []struct{ Name, Value string }
			}
			Response struct {
				Status     int
				StatusText string
				BodySize   int64
				Transfer   int64  `json:"_transferSize"`
				Error      string `json:"_error"`
			}
			Connection string
			Type       string `json:"_resourceType"`
			Initiator  struct {
				URL string
			} `json:"_initiator"`
			Timings struct{ Blocked, DNS, Connect, SSL, Send, Wait, Receive float64 }
			Own     struct {
				Item    int
				Path    string
				Attempt int
				Hop     int
				Verdict string
			} `json:"_tufinspect"`
		}
	}
}

func write(t testing.TB, st *engine.State) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, st); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checked writes the archive of a run and checks what holds for each: the schema, that
// it has every attempt, the order, and that the parts add up to the whole.
func checked(t *testing.T, st *engine.State) (archive, []byte) {
	t.Helper()
	b := write(t, st)
	validate(t, b)
	var a archive
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	type key struct{ item, n, hop int }
	want := map[key]bool{}
	for i := range st.Items.Len() {
		for _, at := range st.Items.At(i).Attempts() {
			for k := range len(at.Hops) + 1 {
				want[key{i, at.N, k}] = true
			}
		}
	}
	var last time.Time
	for _, e := range a.Log.Entries {
		k := key{e.Own.Item, e.Own.Attempt, e.Own.Hop}
		if !want[k] {
			t.Errorf("%+v is there twice, or was never made", k)
		}
		delete(want, k)
		if e.Started.Before(last) {
			t.Errorf("%+v began before the one above it", k)
		}
		last = e.Started
		us := func(ms float64) int64 { return int64(math.Round(max(0, ms) * 1000)) }
		tm := e.Timings
		if sum := us(tm.Blocked) + us(tm.DNS) + us(tm.Connect) + us(tm.Send) + us(tm.Wait) + us(tm.Receive); sum != us(e.Time) {
			t.Errorf("%+v: the parts are %d µs, the whole %d", k, sum, us(e.Time))
		}
		if us(tm.SSL) > us(tm.Connect) {
			t.Errorf("%+v: ssl is no part of connect: %+v", k, tm)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	return a, b
}

func validate(t *testing.T, b []byte) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/har.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v", err)
	}
}

func TestEveryWayInWhichAnAttemptCanGo(t *testing.T) {
	st := everything()
	if st.Violations > 0 {
		t.Fatalf("%d events of the story do not fit", st.Violations)
	}
	_, got := checked(t, st)
	path := filepath.Join("testdata", "everything.har")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; -update writes it anew. Got:\n%s", path, got)
	}
	if again := write(t, st); !bytes.Equal(again, got) {
		t.Error("written again, it is another one")
	}
}

func TestARunWithoutAnythingIsAnArchiveToo(t *testing.T) {
	for _, st := range []*engine.State{{}, &newStory().st} {
		if a, b := checked(t, st); len(a.Log.Entries) != 0 {
			t.Errorf("%s", b)
		}
	}
}

func TestEntriesAreInTheOrderOfTheirBeginning(t *testing.T) {
	s := newStory()
	ids := make([]engine.ItemID, 5)
	for i := range ids {
		ids[i] = s.item(engine.Target, string(rune('a'+i)), "https://h/x", 10)
	}
	for _, i := range []int{3, 0, 4, 2, 1} {
		s.move(ids[i], engine.Connecting, 0, nil)
		s.pass(time.Millisecond)
	}
	s.move(ids[3], engine.Retrying, 0, problem("stalled", "x"))
	s.move(ids[3], engine.Queued, 0, nil)
	s.move(ids[3], engine.Connecting, 0, nil)
	a, _ := checked(t, &s.st)
	order := ""
	for _, e := range a.Log.Entries {
		order += e.Own.Path
	}
	if order != "daecbd" {
		t.Errorf("the order is %s", order)
	}
}

// failing takes so many bytes and no more.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestAWriterThatFailsIsHeardOf(t *testing.T) {
	st := many(1000)
	for _, left := range []int{0, buffered, 3 * buffered} {
		if err := Write(&failing{left}, st); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}

// FuzzAttempt writes attempts with phases at odd times and texts of all kinds.
func FuzzAttempt(f *testing.F) {
	f.Add([]byte{1, 5, 3, 9, 5, 200, 7, 0}, int64(5), int64(1000), "a", "https://h/a", 200)
	f.Add([]byte{9, 9, 1, 1}, int64(-5), int64(-1), "\x00\"\\\xff", "x:\x7f", -1)
	f.Fuzz(func(t *testing.T, marks []byte, from, end int64, path, url string, status int) {
		a := engine.Attempt{N: 1, Started: time.Duration(from), Ended: time.Duration(end), Problem: problem("x", path)}
		for i := 0; i+1 < len(marks); i += 2 {
			a.Marks = append(a.Marks, engine.TimedMark{Phase: fetch.Phase(marks[i]), At: time.Duration(marks[i+1]) * time.Microsecond / 3})
		}
		tm := timingsOf(a.Marks, a.Started, a.Ended)
		if got, want := tm.sum()+max(0, tm.verify), max(micros(a.Started), micros(a.Ended))-micros(a.Started); got != want {
			t.Fatalf("%+v: the parts are %d, the whole %d", tm, got, want)
		}
		a.Response = &fetch.Response{Status: status, Protocol: path, Length: end, Header: map[string]string{path: url, "Location": url}}
		it := &engine.Item{ItemSpec: engine.ItemSpec{Path: path, RoleName: url, Site: engine.SiteOf(url)}}
		for k := range min(len(marks), 9) {
			a.Hops = append(a.Hops, engine.Hop{URL: url, Address: path, Marks: a.Marks[:k/2]})
			if k%2 == 1 {
				a.Hops[k].By = a.Response
			}
		}
		e := entry{}
		e.raw("[0")
		for k := range len(a.Hops) + 1 {
			e.raw(",")
			x := exchangeOf(&engine.State{}, it, &a, true, k)
			if x.final != (k == len(a.Hops)) || x.started < a.Started {
				t.Fatalf("%d of %d: %+v", k, len(a.Hops), x)
			}
			e.exchange(&engine.State{}, &x)
		}
		e.raw("]")
		if !json.Valid(e.b) {
			t.Fatalf("%s", e.b)
		}
	})
}
