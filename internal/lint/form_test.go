package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// words gives findings as "id: message".
func words(list []finding.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, string(f.ID)+": "+f.Message)
	}
	return out
}

func TestTheFormOfAFile(t *testing.T) {
	const plain = `{"signatures":[],"signed":{"_type":"targets","expires":"2026-05-30T12:00:00Z","x":{"y":[null]}}}`
	replace := func(old, by string) string { return strings.Replace(plain, old, by, 1) }
	for _, c := range []struct {
		name, version, data string
		want                []string
	}{
		{"plain", "1.0.31", plain, nil},
		{"legacy version", "1.0", plain, nil},
		{"a version to come", "1.12.0", plain, nil},
		{"another major version", "2.0.0", plain, []string{"spec-version: it states the version 2.0.0 of the specification"}},
		{"1 alone", "1", plain, []string{"spec-version: it states the version 1 of the specification, which is not of the form 1.0 or 1.0.31"}},
		{"10 is not 1", "10.0", plain, []string{"spec-version: it states the version 10.0 of the specification"}},
		{"four parts", "1.0.0.0", plain, []string{"spec-version: it states the version 1.0.0.0 of the specification, which is not of the form 1.0 or 1.0.31"}},
		{"a prefix", "v1.0", plain, []string{"spec-version: it states the version v1.0 of the specification, which is not of the form 1.0 or 1.0.31"}},
		{"an empty part", "1.", plain, []string{"spec-version: it states the version 1. of the specification, which is not of the form 1.0 or 1.0.31"}},
		{"none", "", plain, []string{"spec-version: it states no version of the specification"}},
		{"hostile", "\x1b[2J", plain, []string{`spec-version: it states the version \u{1b}[2J of the specification, which is not of the form 1.0 or 1.0.31`}},
		{"an offset", "1.0", replace("00Z", "00+00:00"), []string{"expires-form: its expiry is written as 2026-05-30T12:00:00+00:00"}},
		{"a fraction", "1.0", replace("00Z", "00.0Z"), []string{"expires-form: its expiry is written as 2026-05-30T12:00:00.0Z"}},
		{"null", "1.0", replace(`"2026-05-30T12:00:00Z"`, "null"), []string{"expires-form: its expiry is written as null"}},
		{"no expiry", "1.0", replace("expires", "expire"), []string{"expires-form: it states no expiry"}},
		{"two names", "1.0", replace(`"x":`, `"x":1,"x":`), []string{`duplicate-json-keys: signed has the name "x" 2 times`}},
		{"two names outside", "1.0", replace(`{`, `{"signed":{},`), []string{`duplicate-json-keys: the outermost object has the name "signed" 2 times`}},
		{"a hostile name", "1.0", replace(`"x":{`, `"\u001b[2J":1,"\u001b[2J":{`), []string{`duplicate-json-keys: signed has the name "\\u{1b}[2J" 2 times`}},
	} {
		got := words(form("targets", c.version, []byte(c.data)))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDuplicatesAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 3 * most {
		fmt.Fprintf(&b, `,"n%d":0,"n%d":0`, i, i)
	}
	list := form("targets", "1.0", []byte(`{"signed":{"expires":"2026-05-30T12:00:00Z"`+b.String()+`}}`))
	if len(list) != most+1 || list[most].Message != fmt.Sprintf("… and %d more names that stand more than once", 2*most) {
		t.Errorf("%d findings, the last: %s", len(list), list[len(list)-1].Message)
	}
}

func TestWhatIsListedWithoutHashes(t *testing.T) {
	none, length, both := &metadata.MetaFiles{Version: 1}, &metadata.MetaFiles{Version: 1, Length: 3}, &metadata.MetaFiles{Length: 3, Hashes: metadata.Hashes{"sha256": {1}}}
	type meta = map[string]*metadata.MetaFiles
	many := meta{}
	for i := range 100 {
		many[fmt.Sprintf("r%02d.json", i)] = none
	}
	for _, c := range []struct {
		name  string
		meta  meta
		want  string
		files string
	}{
		{"nothing", nil, "", ""},
		{"all", meta{"a": both, "b": both}, "", ""},
		{"a null says nothing", meta{"a": nil, "b": both}, "", ""},
		{"one of two", meta{"a.json": none, "b.json": both}, "it lists neither length nor hashes for 1 of 2 files", "a.json"},
		{"the only one", meta{"a.json": none}, "it lists neither length nor hashes for 1 of 1 file", "a.json"},
		{"lengths", meta{"a.json": length, "b.json": length}, "it lists a length and no hashes for 2 of 2 files", "a.json, b.json"},
		{"some lengths", meta{"a.json": length, "b.json": none, "c.json": both}, "it lists no hashes, and the length of 1, for 2 of 3 files", "a.json, b.json"},
		{"many", many, "it lists neither length nor hashes for 100 of 100 files", "r00.json, r01.json, r02.json, r03.json, r04.json, … 95 more"},
	} {
		list := withoutHashes("snapshot", c.meta)
		if c.want == "" {
			if len(list) != 0 {
				t.Errorf("%s: got %q", c.name, words(list))
			}
			continue
		}
		if len(list) != 1 || list[0].Message != c.want || list[0].Evidence["files"] != c.files {
			t.Errorf("%s: got %q %v, want %q", c.name, words(list), list[0].Evidence, c.want)
		}
	}
}

func TestWhatIsListedWithoutSHA256(t *testing.T) {
	w := withoutSHA256{}
	w.add("both", []string{"sha256", "sha512"})
	w.add("b", []string{"md5", "sha512"})
	w.add("a", []string{"sha512"})
	w.add("none", nil)
	w.add("null", nil)
	list := w.findings("targets", "targets")
	if len(list) != 1 || list[0].Message != "2 of 5 targets are listed without sha256" || list[0].Evidence["files"] != "a, b" || list[0].Evidence["algorithms"] != "md5, sha512" {
		t.Errorf("got %+v", list)
	}
	if list := metaWithoutSHA256("snapshot", map[string]*metadata.MetaFiles{"a": nil, "b": {Version: 1}}); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
}

// Whatever go-tuf parses can be looked at, and all that is said is printable and of one
// line.
func FuzzForm(f *testing.F) {
	for _, s := range []string{`{}`, `{"signed":{"_type":"snapshot","expires":"2026-05-30T12:00:00Z","meta":{"snapshot.json":null}}}`, `{"signed":{"_type":"targets","expires":"2026-05-30T12:00:00+00:00","targets":{"a":{"hashes":{"sha512":"aa"}}},"a":1,"a":2}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list := form("s", string(data[:min(len(data), 20)]), data)
		if md, err := parse(metadata.Snapshot(), data); err == nil {
			list = append(list, withoutHashes("snapshot", md.Signed.Meta)...)
			list = append(list, metaWithoutSHA256("snapshot", md.Signed.Meta)...)
		}
		if md, err := parse(metadata.Targets(), data); err == nil {
			w := withoutSHA256{}
			for path, listed := range md.Signed.Targets {
				w.add(path, slices.Collect(maps.Keys(listed.Hashes)))
			}
			list = append(list, w.findings("targets", "targets")...)
		}
		for _, x := range list {
			for _, s := range append([]string{x.Message}, values(x.Evidence)...) {
				if strings.ContainsAny(s, "\n\r\x1b") {
					t.Fatalf("%s says %q", x.ID, s)
				}
			}
		}
	})
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// parse has go-tuf parse a file; that it panics on nulls is its own affair.
func parse[T metadata.Roles](md *metadata.Metadata[T], data []byte) (out *metadata.Metadata[T], err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return md.FromBytes(data)
}
