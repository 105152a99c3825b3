package trust

import "testing"

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
