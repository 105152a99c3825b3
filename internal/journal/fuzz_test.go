package journal

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/safe"
)

// seeds are lines of each kind of event.
func seeds(f *testing.F, add func(line []byte)) {
	f.Helper()
	n := 0
	for _, b := range bodies {
		switch x := b.(type) {
		case engine.CommandDone:
			x.Command = engine.Cancel{Items: []engine.ItemID{1, 2}}
			b = x
		case engine.ItemsFound:
			x.Items = []engine.ItemSpec{{Path: "a/b", Kind: engine.Target, Length: -1, Site: engine.SiteOf("http://h/a")}}
			b = x
		}
		var text bytes.Buffer
		if err := appendEvent(&text, engine.Event{Seq: uint64(n), Body: b}); err != nil {
			f.Fatal(err)
		}
		add(bytes.TrimSpace(text.Bytes()))
		n++
	}
	add([]byte(`{"seq":1,"at_ns":2,"event":"noted","data":{"subject":"a\u001b[2Jb","text":"\u202eabc"}}`))
	add([]byte(`{"event":"progress","data":{"item":4},"at_ns":12,"seq":9}`))
}

// Whatever a line holds: it is refused, or it is an event that is written and read again as
// the same, with texts that a terminal may show.
func FuzzLine(f *testing.F) {
	seeds(f, func(line []byte) { f.Add(line) })
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := parseEvent(text, &quick{})
		if err != nil {
			return
		}
		again := line(t, e)
		e2, err := parseEvent(again, &quick{})
		if err != nil {
			t.Fatalf("%s\nis written as\n%s\nwhich is not read: %v", text, again, err)
		}
		if !reflect.DeepEqual(e, e2) {
			t.Fatalf("%+v\nis read again as\n%+v", e, e2)
		}
		if bytes.ContainsAny(again, "\x00\x07\x1b\x7f\u202e") {
			t.Fatalf("not printable: %q", again)
		}
		if n, ok := e.Body.(engine.Noted); ok && (safe.Text(n.Text) != n.Text || safe.Text(n.Subject) != n.Subject) {
			t.Fatalf("not printable: %q", n)
		}
	})
}

// Whatever a file holds: it is refused, or told to its end, and folding it neither panics
// nor loses the count of items.
func FuzzFile(f *testing.F) {
	whole := recording(f, story(3))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(bytes.ReplaceAll(whole, []byte(`"item":1`), []byte(`"item":7`)))
	first := strings.SplitAfter(string(whole), "\n")[0]
	seeds(f, func(line []byte) { f.Add([]byte(first + string(line) + "\n")) })
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		var st engine.State
		for i := range l.chunks { // one after the other: what fuzzers follow is the same each time
			for _, e := range l.read(i).events {
				st.Apply(e)
			}
		}
		total := 0
		for _, n := range st.Counts {
			if n < 0 {
				t.Fatalf("counts of states: %v", st.Counts)
			}
			total += n
		}
		if total != st.Items.Len() {
			t.Fatalf("%d items, and %d of them in states", st.Items.Len(), total)
		}
	})
}
