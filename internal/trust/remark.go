package trust

import (
	"example.com/tufinspect/internal/finding"
)

// linted has something looked at by internal/lint. A panic, on nulls that go-tuf's
// types hold, leaves nothing to be said: that the file is odd shows elsewhere.
func linted(f func() []finding.Finding) (list []finding.Finding) {
	if err := guard("looking at it", func() error { list = f(); return nil }); err != nil {
		return nil
	}
	return list
}

// remark says what was found about a file beside its acceptance.
func (w *Walk) remark(s *Step, about topic, list []finding.Finding, role RoleID) {
	for _, f := range list {
		w.say(s, about, f, role)
	}
}
