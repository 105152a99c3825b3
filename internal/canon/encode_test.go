package canon

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
)

func TestTheCanonicalForm(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"white space and order", " { \"b\" : [ 1 , true, null ] ,\n \"a\" : \"x\" } ", `{"a":"x","b":[1,true,null]}`},
		{"only quotes and backslashes are escaped", `{"a":"\"\\\/\n\u00e9<&>"}`, "{\"a\":\"\\\"\\\\/\n\u00e9<&>\"}"},
		{"names in the order of their bytes", `{"é":1,"z":2,"Z":3,"":4}`, `{"":4,"Z":3,"z":2,"é":1}`},
		{"numbers of any size", `[18446744073709551616,-9007199254740993,0]`, `[18446744073709551616,-9007199254740993,0]`},
		{"one form of nothing", `-0`, `0`},
		{"of a name twice the last counts", `{"a":{"b":1},"a":{"c":2}}`, `{"a":{"c":2}}`},
	} {
		v, err := Parse([]byte(c.in))
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got, err := Encode(v); err != nil || string(got) != c.want {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.want)
		}
	}
	for _, in := range []string{`1.5`, `1.0`, `1e3`, `{"a":[1E-2]}`} {
		v, err := Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Encode(v); err == nil {
			t.Errorf("%s has the form %s", in, got)
		}
	}
	if _, err := Encode(map[string]any{"a": 1}); err == nil {
		t.Error("a number that was not read has a form")
	}
}

func TestOnlyTheExactSignedCounts(t *testing.T) {
	v, err := Signed([]byte(`{"Signed":{"a":1},"signed":{"b":2},"signatures":[]}`))
	if want := any(map[string]any{"b": json.Number("2")}); err != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("got %v, %v", v, err)
	}
	for _, in := range []string{``, `[]`, `{}`, `{"Signed":{}}`, `{"signed":{}} x`, "\xef\xbb\xbf{\"signed\":{}}"} {
		if v, err := Signed([]byte(in)); err == nil {
			t.Errorf("%q has %v", in, v)
		}
	}
}

func TestDifferencesAreNamedByTheirPath(t *testing.T) {
	parse := func(s string) any {
		v, err := Parse([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a := parse(`{"a":1,"b":[1,2,{"c":null}],"t":{"a/b":{"x":"A"}},"o":{},"g-1":true}`)
	b := parse(`{"a":1,"b":[1,3,{}],"t":{"a/b":{"x":"a"}},"o":[],"g-1":"true","n":0}`)
	list, more := Differences("signed", a, b, 4)
	var got []string
	for _, d := range list {
		s := d.Path
		if d.InA {
			s += " " + Text(d.A)
		}
		if d.InB {
			s += " > " + Text(d.B)
		}
		got = append(got, s)
	}
	want := []string{"signed.b[1] 2 > 3", "signed.b[2].c null", `signed.g-1 true > "true"`, "signed.n > 0"}
	if !reflect.DeepEqual(got, want) || more != 2 {
		t.Errorf("got %q and %d more", got, more)
	}
	if list, more := Differences("signed", a, parse(Text(a)), 4); len(list)+more != 0 {
		t.Errorf("a document differs from itself in %v", list)
	}
}

func TestPathsAndValuesAreCut(t *testing.T) {
	long := strings.Repeat("é", 1000)
	list, _ := Differences("signed", map[string]any{long: "a"}, map[string]any{long: long}, 1)
	if len(list) != 1 || len(list[0].Path) > maxStep+20 || len(Text(list[0].B)) > maxValue+3 {
		t.Errorf("got %v", list)
	}
}

// Where both apply, this is the form that go-tuf signs, which securesystemslib makes.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{`{}`, `{"b":[1,null,true],"a":"\"\\\n\u00e9"}`, `{"a":1,"a":2}`, `-0`, `1.5`, `18446744073709551616`, `"\ud800"`, "\"\xff\"", `{"é":1,"z":{"":[]}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if (err == nil) != json.Valid(data) {
			t.Fatalf("%q: read with %v", data, err)
		}
		if err != nil {
			return
		}
		got, err := Encode(v)
		want, werr := cjson.EncodeCanonical(json.RawMessage(data))
		if werr == nil && !bytes.Contains(want, []byte("-0")) && (err != nil || !bytes.Equal(got, want)) {
			t.Fatalf("%q has the form %q (%v), and cjson makes it %q", data, got, err, want)
		}
		if err == nil {
			if list, more := Differences("", v, v, 1); len(list)+more > 0 {
				t.Fatalf("%q differs from itself: %v", data, list)
			}
		}
		Text(v)
	})
}

// Two documents differ exactly where their forms do.
func FuzzDifferences(f *testing.F) {
	f.Add([]byte(`{"a":1}`), []byte(`{"a":1,"b":null}`))
	f.Add([]byte(`[1,[2]]`), []byte(`[1,2]`))
	f.Add([]byte(`0`), []byte(`-0`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		va, err := Parse(a)
		if err != nil {
			return
		}
		vb, err := Parse(b)
		if err != nil {
			return
		}
		list, more := Differences("signed", va, vb, 3)
		if len(list) > 3 || more > 0 && len(list) < 3 {
			t.Fatalf("%d differences and %d more", len(list), more)
		}
		ca, errA := Encode(va)
		cb, errB := Encode(vb)
		if errA != nil || errB != nil || bytes.Contains(a, []byte("-0")) || bytes.Contains(b, []byte("-0")) {
			return
		}
		if bytes.Equal(ca, cb) != (len(list) == 0) {
			t.Fatalf("%q and %q differ in %v", a, b, list)
		}
	})
}
