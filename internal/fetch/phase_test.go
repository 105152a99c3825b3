package fetch

import "testing"

func TestPhasesAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for p := range Phase(NumPhases) {
		text, err := p.MarshalText()
		if err != nil || len(text) == 0 || string(text) != p.String() || seen[p.String()] {
			t.Errorf("phase %d: %q, %v", p, text, err)
		}
		seen[p.String()] = true
	}
	if got := Phase(200).String(); got != "phase(200)" {
		t.Errorf("got %q", got)
	}
}
