package lint

import (
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

func TestWhoHoldsAKey(t *testing.T) {
	for _, c := range []struct {
		name          string
		fields        map[string]any
		owner, online string
	}{
		{"nobody is stated", nil, "", ""},
		{"tuf-on-ci, a person", map[string]any{"x-tuf-on-ci-keyowner": "@ana"}, "@ana", ""},
		{"tuf-on-ci, a service", map[string]any{"x-tuf-on-ci-online-uri": "gcpkms:a"}, "gcpkms:a", "gcpkms:a"},
		{"the playground, a person", map[string]any{"x-playground-keyowner": "@ana"}, "@ana", ""},
		{"the playground, a service", map[string]any{"x-playground-online-uri": "azurekms:a"}, "azurekms:a", "azurekms:a"},
		{"the Repository Service, a key with a name at a service", map[string]any{"x-rstuf-key-name": "online one", "x-rstuf-online-key-uri": "fn:a"}, "online one", "fn:a"},
		{"the Repository Service before", map[string]any{"name": "Ana's key"}, "Ana's key", ""},
		{"no text", map[string]any{"x-tuf-on-ci-keyowner": 3, "name": []any{"a"}}, "", ""},
		{"a hostile text", map[string]any{"x-tuf-on-ci-keyowner": "\x1b[2J" + strings.Repeat("a", 1000)}, "\\u{1b}[2J" + strings.Repeat("a", 55) + "…", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := &metadata.Key{UnrecognizedFields: c.fields}
			if Owner(key) != c.owner || Online(key) != c.online {
				t.Errorf("owner %q, service %q; want %q, %q", Owner(key), Online(key), c.owner, c.online)
			}
		})
	}
	if Owner(nil) != "" || Online(nil) != "" {
		t.Error("a key that is not there has an owner")
	}
}
