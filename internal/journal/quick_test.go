package journal

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// same checks that a line is read as it is without the short way, and tells whether it has
// gone that way.
func same(t *testing.T, q *quick, text []byte) bool {
	t.Helper()
	want, wrong := parseEvent(text, nil)
	got, err := parseEvent(text, q)
	if (err == nil) != (wrong == nil) || err != nil && err.Error() != wrong.Error() || !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\nis read as   %+v, %v\nand quick as %+v, %v", text, want, wrong, got, err)
	}
	h, err := parseHead(text)
	if err != nil {
		return false
	}
	_, ok := q.body(h.kind, h.data)
	return ok
}

// frequent are the events of which a recording consists, with and without what may be left
// out.
func frequent() []engine.Body {
	hash := func(n byte) trust.Hash { return trust.Hash{Algorithm: "sha256", Sum: bytes.Repeat([]byte{n}, 32)} }
	site := engine.SiteParts{Before: "http://h/targets/", Named: true, Hashed: true}.Site()
	return []engine.Body{
		engine.StateChanged{Item: 7, Attempt: 1, To: engine.Connecting},
		engine.StateChanged{Item: 4294967295, Attempt: 9, From: engine.Retrying, To: engine.Queued, Reason: `a "reason" \ of`, Next: time.Hour, Done: 1 << 50},
		engine.PhasesEntered{Item: 1, Attempt: 2},
		engine.PhasesEntered{Item: 1, Attempt: 2, Marks: []engine.TimedMark{{Phase: fetch.Pool}, {Phase: fetch.Verify, At: time.Second}}, Address: "127.0.0.1:80", Reused: true},
		engine.Responded{Item: 1, Response: fetch.Response{Status: 404, Protocol: "HTTP/2.0", TLS: "TLS 1.3", Length: -1}},
		engine.Responded{Item: 1, Response: fetch.Response{Status: 200, Length: 12, Header: map[string]string{"ETag": `"abc"`, "Date": "Fri, 27 Nov 2026 07:05:59 GMT", "Age": ""}}},
		engine.Responded{Item: 1, Response: fetch.Response{Protocol: "file", Length: 12}},
		engine.Progress{Item: 3},
		engine.Progress{Item: 3, Attempt: 1, Done: 77, Rate: 1234.5678},
		engine.ItemsFound{Items: []engine.ItemSpec{
			{ID: 5, Of: 5, Kind: engine.Target, Path: "a/b", RoleName: "targets", Length: 64, Hashes: []trust.Hash{hash(1), hash(2)}, Site: site},
			{ID: 6, Of: 5, Kind: engine.Copy, Path: "a/b", Under: "sha256", Role: 3, RoleName: "targets", Length: 0, Hashes: []trust.Hash{hash(1), hash(2)}, Site: site},
			{ID: 7, Of: 7, Kind: engine.Metadata, Path: "2.root.json", Length: -1, Site: engine.SiteOf("http://h/2.root.json")},
			{ID: 8, Of: 8, Kind: engine.Target, Path: "none"},
		}},
	}
}

func TestWhatIsFrequentIsReadInPassing(t *testing.T) {
	for _, b := range frequent() {
		if text := line(t, engine.Event{Seq: 1, At: time.Second, Body: b}); !same(t, &quick{}, text) {
			t.Errorf("%s is read the long way", text)
		}
	}
}

// oddities take the place of a part of a line: each is to be read as any JSON is, or to be
// refused for the same reason.
var oddities = []string{
	``, ` `, `,`, `0`, `00`, `-1`, `1e3`, `1.5`, `99999999999999999999`, `1152921504606846977`, `4294967296`, `null`, `true`, `false`, `""`, `"\u001b"`, `"é"`,
	"\"\x7f\"", `"\n"`, `"\\"`, `{}`, `[]`, `[{}]`, `"item":1`, `"nowhere"`, `"sha256"`, `"ab"`, `"abc"`, `}`, `]`, `"`, `\`,
}

func TestWhatIsOddIsReadAsAnyJSON(t *testing.T) {
	q := &quick{} // what it keeps of one line changes no other
	for _, b := range frequent() {
		text := line(t, engine.Event{Body: b})
		for i := range text {
			same(t, q, text[:i])
			for _, odd := range oddities {
				same(t, q, bytes.Join([][]byte{text[:i], []byte(odd), text[i:]}, nil))
				same(t, q, bytes.Join([][]byte{text[:i], []byte(odd), text[i+1:]}, nil))
			}
			end := i + 1 // a value, whole
			for end < len(text) && !bytes.ContainsRune([]byte(`,:}]`), rune(text[end])) {
				end++
			}
			for _, odd := range oddities {
				same(t, q, bytes.Join([][]byte{text[:i], []byte(odd), text[end:]}, nil))
			}
		}
	}
	for _, b := range []engine.Body{
		engine.StateChanged{To: engine.Failed, Problem: &engine.Problem{Kind: finding.Missing}},
		engine.StateChanged{Reason: string(bytes.Repeat([]byte("long "), 2000))},
		engine.Responded{}, engine.ItemsFound{}, engine.RunSettled{},
	} {
		if text := line(t, engine.Event{Body: b}); same(t, q, text) {
			t.Errorf("%s is read in passing", text)
		}
	}
}

// long are events with texts about as long as those that are not cut.
func long() []engine.Body {
	var out []engine.Body
	for n := safe.WholeLen - 2; n <= safe.MaxLen+2; n++ {
		text := strings.Repeat("x", n)
		out = append(out,
			engine.StateChanged{Reason: text}, engine.StateChanged{Reason: `"` + text[1:]}, engine.StateChanged{Reason: text[1:] + `\`},
			engine.PhasesEntered{Address: text}, engine.Responded{Response: fetch.Response{Status: 200, Header: map[string]string{"ETag": text, "Date": text}}},
			engine.ItemsFound{Items: []engine.ItemSpec{{Kind: engine.Target, Path: text, RoleName: text}}})
	}
	return out
}

func TestLongTextsAreCutAsAnyAre(t *testing.T) {
	quickly := 0
	for _, b := range long() {
		quickly += boolInt(same(t, &quick{}, line(t, engine.Event{Body: b})))
	}
	if quickly != 16 { // up to the limit: with an escape one less
		t.Errorf("%d of them are read in passing", quickly)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Whatever a line holds, it is read as without the short way.
func FuzzQuick(f *testing.F) {
	seeds(f, func(line []byte) { f.Add(line) })
	for _, b := range append(frequent(), long()...) {
		var text bytes.Buffer
		if err := appendEvent(&text, engine.Event{Body: b}); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.TrimSpace(text.Bytes()))
	}
	f.Fuzz(func(t *testing.T, text []byte) { same(t, &quick{}, text) })
}
