package finding_test

import (
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

func TestAVersionIsAReleaseOrSaysThatItIsNone(t *testing.T) {
	for _, c := range finding.Clients() {
		if v := c.Version(); !strings.Contains(v, ".") && !strings.HasPrefix(v, "sources of ") {
			t.Errorf("%s has never had a release %q", c, v)
		}
	}
}

func TestStancesFitTheSeverities(t *testing.T) {
	for _, k := range finding.All() {
		for _, c := range finding.Clients() {
			s := k.ID.Stance(c)
			if s.String() == "" || c.String() == "" || c.Version() == "" {
				t.Errorf("%s: %s %s has no word", k.ID, c, s)
			}
			// What go-tuf's client accepts is never critical, and the other way round: what it
			// refuses is no mere remark, unless others accept it.
			if c == finding.GoTUF && s == finding.Takes && k.Severity == finding.Critical && k.ID.Stance(finding.PythonTUF) == finding.Refuses {
				t.Errorf("%s is critical, and go-tuf takes it", k.ID)
			}
		}
		if k.ID.Stance(finding.GoTUF) == finding.Refuses && k.ID.Stance(finding.PythonTUF) == finding.Refuses && k.ID.Stance(finding.Tough) == finding.Refuses && k.Severity < finding.Warning {
			t.Errorf("all clients refuse %s, and it is only %s", k.ID, k.Severity)
		}
	}
	if finding.ID("none").Stance(finding.GoTUF) != finding.Takes || finding.Expired.Stance(99) != finding.Takes {
		t.Error("an unknown kind, or client, refuses something")
	}
}
