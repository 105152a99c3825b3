package trust

import (
	"strings"
	"testing"
)

// The wanted answers are those of Python 3.11's fnmatch.fnmatchcase.
func TestPatternsAsPythonReadsThem(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"*", "", true},
		{"a*b*c", "aXbbYc", true},
		{"a*b*c", "aXbbY", false},
		{"?", "\u00fc", true},
		{"?", "", false},
		{"[!a]", "b", true},
		{"[!a]", "a", false},
		{"[^a]", "^", true},
		{"[^a]", "a", true},
		{"[^a]", "b", false},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[a-]", "-", true},
		{"[]]", "]", true},
		{"[!]]", "]", false},
		{"[", "[", true},
		{"[a", "[a", true},
		{"[a", "a", false},
		{"[]", "[]", true},
		{`\*`, `\x`, true},
		{`\*`, "*", false},
		{"[*]", "*", true},
		{"[*]", "x", false},
		{"*[0-9].deb", "x7.deb", true},
	} {
		if got := pythonMatch(c.pattern, c.path); got != c.want {
			t.Errorf("%q covers %q: %t", c.pattern, c.path, got)
		}
	}
}

// go-tuf takes all of these, and python-tuf none but the first.
func TestFilesThatPythonRefusesAsTheyCome(t *testing.T) {
	const good = `{"signatures":[{"keyid":"a","sig":""}],"signed":{"_type":"targets","targets":{"t":{"hashes":{"sha256":"0a"},"length":1}}}}`
	for _, c := range []struct{ old, by, want string }{
		{"", "", ""},
		{`{"keyid":"a","sig":""}`, `{}`, "no keyid"},
		{`,"sig":""`, ``, "no keyid or no sig"},
		{`{"t":{"hashes":{"sha256":"0a"},"length":1}}`, `null`, "targets are null"},
		{`{"hashes":{"sha256":"0a"},"length":1}`, `null`, "of a file is null"},
		{`"0a"`, `"0A"`, "in capitals"},
	} {
		data := strings.Replace(good, c.old, c.by, 1)
		if why := pythonRereads([]byte(data), true); !strings.Contains(why, c.want) || (why == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", data, why, c.want)
		}
		if why := pythonRereads([]byte(data), false); c.by == `"0A"` && why != "" {
			t.Errorf("%s, which go-tuf refuses: %q", data, why)
		}
	}
}
