package canon

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

const plainOne = `{"signatures":[{"keyid":"a","sig":"00"}],"signed":{"_type":"targets","expires":"2030-01-01T00:00:00Z","spec_version":"1.0.31","targets":{"a":{"hashes":{"sha256":"00ff"},"length":0},"b":{"custom":{"x":[1,null,true,"é"]},"hashes":{"sha256":"01","sha512":"02"},"length":17}},"version":1}}`

func TestWhatIsPlain(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"as it is", "", ""},
		{"white space", `{"a":`, "{ \r\n\t\"a\" : "},
		{"another order of the paths", `"a":{"hashes":{"sha256":"00ff"},"length":0},`, `"c":{"hashes":{"sha256":"00ff"},"length":0},`},
		{"another order in an entry", `"hashes":{"sha256":"00ff"},"length":0`, `"length":0,"hashes":{"sha256":"00ff"}`},
		{"escapes", `"b":{"c`, `"\u00e9\ud83d\ude00\/\n\"\\":{"c`},
		{"no targets", plainOne[strings.Index(plainOne, `{"a"`):strings.Index(plainOne, `,"version"`)], `{}`},
		{"an unknown field", `"version":1`, `"version":1,"x":{"b":-1,"a":[]}`},
		{"custom that is no object", `{"x":[1,null,true,"é"]}`, `false`},
	} {
		data := []byte(strings.Replace(plainOne, c.old, c.new, 1))
		l := Plain(data)
		if l == nil {
			t.Errorf("%s: %s is not plain", c.name, data)
			continue
		}
		v, err := Signed(data)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		message, before, behind := l.Message()
		if !bytes.Equal(message, want) || !bytes.HasPrefix(want, before) || !bytes.HasSuffix(want, behind) {
			t.Errorf("%s: the form is %s, want %s", c.name, message, want)
		}
		n := 0
		l.Each(func(i int, listed *Listed) { n++ })
		if n != l.Len() {
			t.Errorf("%s: %d of %d targets", c.name, n, l.Len())
		}
	}
}

func TestWhatIsNotPlain(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"a name twice", `"length":0`, `"length":0,"length":0`},
		{"a path twice", `"b":{`, `"a":{`},
		{"a path twice, once escaped", `"b":{`, `"\u0061":{`},
		{"a path twice, not in order", `"a":{`, `"c":{"hashes":{"sha256":"00"},"length":0},"c":{`},
		{"a hash twice", `"sha256":"00ff"`, `"sha256":"00ff","sha256":"00ff"`},
		{"a name twice far inside", `"x":[1,`, `"x":[{"a":1,"b":2,"a":3},`},
		{"escaped paths out of order", `"a":{`, `"\u00e9":{`},
		{"another case", `"length":0`, `"Length":0`},
		{"an unknown field of a target", `"length":0`, `"length":0,"x":0`},
		{"no length", `,"length":0`, ``},
		{"no hashes", `"hashes":{"sha256":"00ff"},`, ``},
		{"no hash", `{"sha256":"00ff"}`, `{}`},
		{"hashes that are null", `{"sha256":"00ff"}`, `null`},
		{"custom that is null", `{"x":[1,null,true,"é"]}`, `null`},
		{"a target that is null", `{"hashes":{"sha256":"00ff"},"length":0}`, `null`},
		{"upper case", `00ff`, `00FF`},
		{"half a byte", `00ff`, `0ff`},
		{"an empty hash", `00ff`, ``},
		{"no digits", `00ff`, `00fg`},
		{"an escape in a hash", `00ff`, `00f\u0066`},
		{"a length below 0", `"length":0`, `"length":-1`},
		{"0 below 0", `[1,`, `[-0,`},
		{"a zero before", `"length":17`, `"length":017`},
		{"a fraction", `"length":17`, `"length":17.0`},
		{"a power", `"length":17`, `"length":17e0`},
		{"a long number", `"length":17`, `"length":1000000000000000000`},
		{"a fraction far inside", `[1,`, `[1.5,`},
		{"a fraction outside", `"version":1`, `"version":1,"x":1.5`},
		{"what is not UTF-8", `"a":{`, "\"\xff\":{"},
		{"a surrogate in UTF-8", `"a":{`, "\"\xed\xa0\x80\":{"},
		{"half a pair", `"a":{`, `"\ud83d":{`},
		{"halves in the wrong order", `"a":{`, `"\ude00\ud83d":{`},
		{"an unknown escape", `"a":{`, `"\x":{`},
		{"a control character", `"a":{`, "\"\x01\":{"},
		{"a comma too many", `"length":0}`, `"length":0,}`},
		{"a comma too few", `"length":0}`, `"length":0 "x":1}`},
		{"no comma between", `},"b"`, `}"b"`},
		{"something around", `{"signatures"`, `{"more":1,"signatures"`},
		{"a mark", `{"signatures"`, "\xef\xbb\xbf{\"signatures\""},
		{"something behind", `"version":1}}`, `"version":1}} x`},
		{"a NUL behind", `"version":1}}`, "\"version\":1}}\x00"},
		{"cut off", `"version":1}}`, `"version":1}`},
		{"no map", `"targets":`, `"target":`},
		{"a word", `true`, `True`},
		{"deep nesting", `[1,`, strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,[`},
		{"signed under another name", `"signed"`, `"Signed"`},
	} {
		data := strings.Replace(plainOne, c.old, c.new, 1)
		if data == plainOne {
			t.Fatalf("%s: nothing has changed", c.name)
		}
		if Plain([]byte(data)) != nil {
			t.Errorf("%s: %s is plain", c.name, data)
		}
	}
	for _, data := range []string{"", " ", "{}", "[]", "null", `{"signed":{},"signatures":[]}`, `{"signed":{"targets":{}}`} {
		if Plain([]byte(data)) != nil {
			t.Errorf("%q is plain", data)
		}
	}
}

// many is a targets role with so many targets.
func many(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"signatures":[],"signed":{"_type":"targets","expires":"2030-01-01T00:00:00Z","spec_version":"1.0.31","targets":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		sum := hex.EncodeToString(fmt.Appendf(nil, "%032d", i))
		fmt.Fprintf(&b, `"d%02d/t%06d":{"hashes":{"sha256":"%s"},"length":%d}`, i*100/n, i, sum, i)
	}
	b.WriteString(`},"version":1}}`)
	return b.Bytes()
}

func BenchmarkPlain(b *testing.B) {
	data := many(100_000)
	indented := bytes.ReplaceAll(bytes.ReplaceAll(data, []byte(`":`), []byte(`": `)), []byte(`,`), []byte(",\n    "))
	b.Run("recognise", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if Plain(data).Len() != 100_000 {
				b.Fatal("it is not plain")
			}
		}
	})
	for name, data := range map[string][]byte{"canonical": data, "indented": indented} {
		b.Run("message-"+name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				Plain(data).Message()
			}
		})
	}
	b.Run("each", func(b *testing.B) {
		l := Plain(data)
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			l.Each(func(int, *Listed) {})
		}
	})
}
