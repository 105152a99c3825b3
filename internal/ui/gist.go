package ui

import (
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// gist says in a few words what is wrong, for where the whole text has no room: the
// detail says it in full.
func gist(p *engine.Problem) string {
	if p == nil {
		return ""
	}
	if status := p.Evidence["status"]; status != "" && status[0] != '2' { // of a good one something else is wrong
		return status
	}
	text := p.Text
	switch p.Kind {
	case finding.UntrustedRole, finding.RoleUndecided:
		return "role not accepted"
	case finding.BadSignatures:
		// What comes first is in the kind; how many have signed is not.
		if _, rest, ok := strings.Cut(text, ": "); ok && strings.Contains(rest, " signed") {
			text = rest
		}
	}
	for _, more := range [...]string{" from ", " after ", ": ", ", ", "; "} {
		text, _, _ = strings.Cut(text, more)
	}
	return text
}
