package client

import (
	"strings"
	"testing"
)

func TestNamesWithoutCapitalsAreDifferentInAnyCase(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"root", "ROOT", "Root", "a/b", "A/B", "%2f", "%2F", "é", "É", "a", "%61", "A", "%41", "_.-~"} {
		file := strings.ToLower(withoutCapitals(quote(name)))
		if other, ok := seen[file]; ok {
			t.Errorf("%q and %q are both called %s", name, other, file)
		}
		seen[file] = name
	}
	if got := withoutCapitals(quote("a/Éb")); got != "a%2F%C3%89b" {
		t.Error(got)
	}
}
