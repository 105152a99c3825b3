package demo

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
)

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "abc", true},
		{"*", "", true},
		{"*", "a/b", false},
		{"**", "a/b", true},
		{"**", "", true},
		{"targets/*.bin", "targets/x.bin", true},
		{"targets/*.bin", "targets/x/y.bin", false},
		{"targets/**.bin", "targets/x/y.bin", true},
		{"targets/**/y.bin", "targets/x/z/y.bin", true},
		{"?.root.json", "1.root.json", true},
		{"?.root.json", "10.root.json", false},
		{"a?b", "a/b", false},
		{"*.json", "timestamp.json", true},
		{"[a]", "a", false},
		{"[a]", "[a]", true},
	} {
		if got := glob(test.pattern, test.name); got != test.want {
			t.Errorf("glob(%q, %q) = %v", test.pattern, test.name, got)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("targets/**/*.b?n", "targets/a/b/c.bin")
	f.Add("***", "//")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 20 || len(name) > 24 || strings.ContainsFunc(pattern+name, func(r rune) bool { return r > 126 }) {
			t.Skip()
		}
		var re strings.Builder
		re.WriteString(`(?s)\A`)
		for i := 0; i < len(pattern); i++ {
			switch {
			case strings.HasPrefix(pattern[i:], "**"):
				re.WriteString(`.*`)
				for i+1 < len(pattern) && pattern[i+1] == '*' {
					i++
				}
			case pattern[i] == '*':
				re.WriteString(`[^/]*`)
			case pattern[i] == '?':
				re.WriteString(`[^/]`)
			default:
				re.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
			}
		}
		re.WriteString(`\z`)
		if got, want := glob(pattern, name), regexp.MustCompile(re.String()).MatchString(name); got != want {
			t.Errorf("glob(%q, %q) = %v", pattern, name, got)
		}
	})
}

// writers are what the forms imitate.
var writers = map[form]func(any) ([]byte, error){canonical: cjson.EncodeCanonical, plainJSON: json.Marshal}

// What is signed must be what cjson, and so go-tuf, makes of the same document.
func FuzzWriting(f *testing.F) {
	f.Add([]byte(`{"signed":{"b":[1,-2,true,null,{}],"a":"\"\\\u0007<ü>","":{"z":[]}}}`))
	f.Add([]byte("{\"signed\":{\"\xff\":1,\"\xfe\":\"\xc3\x28\"}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := decodeSigned(data)
		if err != nil {
			t.Skip()
		}
		integers(doc)
		for f, write := range writers {
			want, wantErr := write(doc)
			got, gotErr := f.append(nil, doc)
			if wantErr != nil && strings.Contains(wantErr.Error(), "floating point number") {
				continue // it may be a whole one beyond 64 bits, which only this package writes
			}
			if (wantErr == nil) != (gotErr == nil) {
				t.Fatalf("%v, want %v", gotErr, wantErr)
			}
			if wantErr == nil && !bytes.Equal(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	})
}

func TestOddValuesAreWrittenAsOthersDo(t *testing.T) {
	for _, v := range []any{
		"a\xffb", map[string]any{"\xff": 1, "\xfe": 2}, map[string]any{"x": []any{"\xff\xfe", int64(3), nil}},
		[]any(nil), map[string]any(nil), 7, []string{"y"}, json.Number("5"), 2.0, struct{ A int }{1},
	} {
		for f, write := range writers {
			want, err := write(v)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.append(nil, v); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%#v: %s %v, want %s", v, got, err, want)
			}
		}
	}
}

func TestWholeNumbersOfAnySizeAreWritten(t *testing.T) {
	for _, n := range []json.Number{"18446744073709551617", "-9223372036854775809", "0"} {
		for f := range writers {
			if got, err := f.append(nil, n); err != nil || string(got) != string(n) {
				t.Errorf("%s is written %s: %v", n, got, err)
			}
		}
	}
	for _, n := range []json.Number{"1.5", "1e3", "x"} {
		if got, err := canonical.append(nil, n); err == nil {
			t.Errorf("%s is signed as %s", n, got)
		}
	}
}

// integers turns the numbers that fit into int64, as documents are built with.
func integers(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			if n, ok := item.(json.Number); ok {
				if i, err := n.Int64(); err == nil && n != "-0" {
					v[k] = i
				}
			}
			integers(item)
		}
	case []any:
		for _, item := range v {
			integers(item)
		}
	}
}

func TestEveryKindHasAName(t *testing.T) {
	for k := range numFaultKinds {
		if k.String() == "" || strings.Contains(k.String(), "(") {
			t.Errorf("fault kind %d has no name", k)
		}
	}
	for k := range numKeyTypes {
		if k.String() == "" || strings.Contains(k.String(), "(") {
			t.Errorf("key type %d has no name", k)
		}
	}
	if numFaultKinds.String() != "fault(16)" || numKeyTypes.String() != "keytype(7)" {
		t.Errorf("unknown ones are called %v and %v", numFaultKinds, numKeyTypes)
	}
}

// What is demonstrated must not depend on what demonstrates it. The canonical form is
// the one that go-tuf itself uses.
func TestOnlyTheStandardLibraryAndGoTUFsMetadataAreImported(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
				continue
			}
			switch path {
			case "github.com/theupdateframework/go-tuf/v2/metadata", "github.com/secure-systems-lab/go-securesystemslib/cjson":
			default:
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

func TestRangeStart(t *testing.T) {
	for header, want := range map[string]int64{"bytes 5-9/10": 5, "bytes 0-0/1": 0, "": 0, "bytes */10": 0, "x": 0} {
		if got := rangeStart(header); got != want {
			t.Errorf("%q: %d, want %d", header, got, want)
		}
	}
}
