package trust

import (
	"errors"
	"testing"

	"example.com/tufinspect/internal/finding"
)

// go-tuf has no error that is not told apart; one that comes with a later version is
// still a refusal, in its own words.
func TestAnErrorOfNoKnownKindIsARefusal(t *testing.T) {
	f := refused{subject: "team", err: errors.New("something new\x1b[2J"), receive: func() *received { return nil }}.finding()
	if f.ID != finding.RoleRefused || f.Severity != finding.Critical || f.Subject != "team" || f.Message != `something new\u{1b}[2J` {
		t.Errorf("it is %+v", f)
	}
}
