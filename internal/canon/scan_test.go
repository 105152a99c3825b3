package canon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestNamesThatStandTwiceAreFoundWhereverTheyAre(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Duplicate
	}{
		{"none", `{"a":1,"b":{"a":1}}`, nil},
		{"the same name in neighbours is not twice", `[{"a":1},{"a":2}]`, nil},
		{"in the document itself", `{"a":1,"a":2}`, []Duplicate{{"", "a", 2}}},
		{"three times", `{"a":1,"b":2,"a":2,"a":[]}`, []Duplicate{{"", "a", 3}}},
		{"deep", `{"signed":{"targets":{"a/b.txt":{"length":1,"hashes":{},"length":2}}}}`, []Duplicate{{`signed.targets["a/b.txt"]`, "length", 2}}},
		{"in a list", `{"signatures":[{},{"sig":"","sig":""}]}`, []Duplicate{{"signatures[1]", "sig", 2}}},
		{"written in two ways", `{"a":1,"\u0061":2}`, []Duplicate{{"", "a", 2}}},
		{"quotes and brackets in texts", `{"a}\"":"{\"a\":1,","b\\":1,"b":"\\"}`, nil},
		{"an object behind the name", `{"x":{"y":1},"x":{"z":{"q":1,"q":1}}}`, []Duplicate{{"x.z", "q", 2}, {"", "x", 2}}},
		{"letters of another size are another name", `{"a":1,"A":2}`, nil},
	} {
		got := Scan([]byte(c.in), 10)
		if got.End != len(c.in) || got.Rest != -1 || !reflect.DeepEqual(got.Duplicates, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestDuplicatesAreCountedBeyondTheFirst(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"z":0`)
	for i := range 100 {
		fmt.Fprintf(&b, `,"n%d":1,"n%d":2`, i, i)
	}
	b.WriteString("}")
	f := Scan([]byte(b.String()), 3)
	want := []Duplicate{{"", "n0", 2}, {"", "n1", 2}, {"", "n2", 2}}
	if !reflect.DeepEqual(f.Duplicates, want) || f.More != 97 {
		t.Errorf("got %v and %d more", f.Duplicates, f.More)
	}
}

func TestTheEndOfTheDocumentIsFound(t *testing.T) {
	for _, c := range []struct {
		in        string
		end, rest int
	}{
		{`{}`, 2, -1},
		{" {} \n\r\t", 3, -1},
		{`{}x`, 2, 2},
		{"{}\n{}", 2, 3},
		{"{}\x00", 2, 2},
		{`{"a":"}"} <!-- -->`, 9, 10},
		{`[1,2]]`, 5, 5},
		{`1`, 1, -1},
		{``, -1, -1},
		{`{`, -1, -1},
		{`{"a"`, -1, -1},
		{`{"a":`, -1, -1},
		{`{"a":1,}`, -1, -1},
		{`{"a" 1}`, -1, -1},
		{`{]`, -1, -1},
		{`"a`, -1, -1},
		{`"a\"`, -1, -1},
		{"\xef\xbb\xbf{}", 3, 3}, // the mark is taken for a word
	} {
		if f := Scan([]byte(c.in), 1); f.End != c.end || f.Rest != c.rest {
			t.Errorf("%q ends at %d with a rest at %d, want %d and %d", c.in, f.End, f.Rest, c.end, c.rest)
		}
	}
}

func TestNestingIsFollowedAsFarAsReadersGo(t *testing.T) {
	for depth, want := range map[int]bool{maxDepth: true, maxDepth + 1: false} {
		in := []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
		if got := Scan(in, 1).End == len(in); got != want || got != json.Valid(in) {
			t.Errorf("depth %d is followed: %t, want %t", depth, got, want)
		}
	}
}

func TestTheExpiryIsSeenAsItIsWritten(t *testing.T) {
	for in, want := range map[string]string{
		`{"signed":{"expires":"2026-01-31T12:00:00+00:00"}}`:                 `"2026-01-31T12:00:00+00:00"`,
		`{"signed":{"expires":"a","expires":null}}`:                          `null`,
		`{"signed":{"a":{"expires":"b"},"expires":"c","b":{"expires":"d"}}}`: `"c"`,
		`{"expires":"a","signatures":{"expires":"b"}}`:                       ``,
		`{"signed":{"expires":{}}}`:                                          ``,
	} {
		if got := string(Scan([]byte(in), 1).Expires); got != want {
			t.Errorf("%s has %s, want %s", in, got, want)
		}
	}
}

func TestNullsAreFound(t *testing.T) {
	f := Scan([]byte(`{"a":null,"b":[1,null,{"c":null}],"d":"null"}`), 2)
	if want := []string{"a", "b[1]"}; !reflect.DeepEqual(f.Nulls, want) {
		t.Errorf("got %q, want %q", f.Nulls, want)
	}
}

func TestMarksAreKnown(t *testing.T) {
	for in, want := range map[string]string{"": "", "{}": "", "\xef\xbb\xbf{}": "UTF-8", "\xff\xfe{\x00": "UTF-16, little end first", "\xfe\xff\x00{": "UTF-16, big end first"} {
		if got := Mark([]byte(in)); got != want {
			t.Errorf("%q has the mark %q, want %q", in, got, want)
		}
	}
}

// The scan is held against the reader that everything else uses: it accepts all that
// this accepts, ends where it ends, and counts the names that it does.
func FuzzScan(f *testing.F) {
	for _, s := range []string{"", `{}`, `{"a":1,"a":2}`, `{"signed":{"expires":"x","a\"":[null,{"b":1,"b":{}}]}} x`, "\xef\xbb\xbf{}", `[[[`, `{"\u0061":1,"a":2,"\ud800":1}`, `{"a":"\\"}`, "[1,2,\n{}]{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := Scan(data, 4)
		if len(got.Duplicates) > 4 || len(got.Nulls) > 4 {
			t.Fatalf("more than was asked for: %+v", got)
		}
		d := json.NewDecoder(bytes.NewReader(data))
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil || raw[0] != '{' && raw[0] != '[' {
			return // where a bare number ends is a matter of taste
		}
		end := int(d.InputOffset())
		if got.End != end {
			t.Fatalf("%q ends at %d, and is read as far as %d", data, got.End, end)
		}
		if rest := len(bytes.TrimLeft(data[end:], " \t\r\n")) > 0; rest != (got.Rest >= 0) {
			t.Fatalf("%q: something follows: %t, said at %d", data, rest, got.Rest)
		}
		if want := repeated(t, raw); want != len(got.Duplicates)+got.More {
			t.Fatalf("%q has %d repeated names, and %+v were found", data, want, got)
		}
	})
}

// repeated counts the names that stand more than once in an object.
func repeated(t *testing.T, raw []byte) int {
	d := json.NewDecoder(bytes.NewReader(raw))
	type level struct {
		names  map[string]int
		expect bool // of a name
	}
	var in []level
	n := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(string); ok && len(in) > 0 && in[len(in)-1].expect {
			top := &in[len(in)-1]
			if top.names[s]++; top.names[s] == 2 {
				n++
			}
			top.expect = false
			continue
		}
		switch tok {
		case json.Delim('{'):
			in = append(in, level{map[string]int{}, true})
			continue
		case json.Delim('['):
			in = append(in, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			in = in[:len(in)-1]
		}
		if len(in) > 0 {
			in[len(in)-1].expect = in[len(in)-1].names != nil
		}
	}
}

// large makes files that are costly to scan in a way of their own.
func large(size int) map[string][]byte {
	fill := func(open, piece, end string, number bool) []byte {
		b := []byte(open)
		for i := 0; len(b) < size; i++ {
			if number {
				b = fmt.Appendf(b, piece, i)
			} else {
				b = append(b, piece...)
			}
		}
		return append(b, end...)
	}
	return map[string][]byte{
		"targets":           fill(`{"signed":{"targets":{`, `"a/%d.txt":{"length":1,"hashes":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},`, `"":0}}}`, true),
		"short names":       fill(`{`, `"%d":1,`, `"":0}`, true),
		"one name":          fill(`{`, `"a":1,`, `"":0}`, false),
		"one name, escaped": fill(`{`, `"\u0061":1,`, `"":0}`, false),
		"nulls":             fill(`[`, `null,`, `null]`, false),
		"empty objects":     fill(`[`, `{},`, `{}]`, false),
		"objects of two":    fill(`[`, `{"a":1,"a":1},`, `{}]`, false),
		"deep, then wide":   []byte(strings.Repeat("[", 9000) + string(fill("", `{"b":1,"b":1},`, `1`, false)) + strings.Repeat("]", 9000)),
		"one text":          fill(`["`, `a\"`, `"]`, false),
	}
}

// How long it takes is what the benchmarks are for.
func TestLargeFilesAreScannedToTheirEnd(t *testing.T) {
	for name, data := range large(1 << 20) {
		if !json.Valid(data) {
			t.Fatalf("%s: it is no JSON", name)
		}
		if f := Scan(data, 20); f.End != len(data) || f.Rest >= 0 {
			t.Errorf("%s: it ends at %d of %d, with a rest at %d", name, f.End, len(data), f.Rest)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for name, data := range large(8 << 20) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				var v any
				if err := json.Unmarshal(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	for name, data := range large(8 << 20) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				Scan(data, 20)
			}
		})
	}
}

// Names are understood as the standard library understands them.
func FuzzUnescape(f *testing.F) {
	for _, s := range []string{`a`, `\"\\\/\b\f\n\r\t`, `\u00e9\ud83d\ude00`, `\ud83d`, `\ud83dx\ude00`, `\ud83d\u0041`, "\xff\xc3", `\u12`, `\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, inner []byte) {
		got := unescape(inner)
		var want string
		if err := json.Unmarshal(fmt.Appendf(nil, `"%s"`, inner), &want); err == nil && string(got) != want {
			t.Fatalf("%q is %q, want %q", inner, got, want)
		}
	})
}
