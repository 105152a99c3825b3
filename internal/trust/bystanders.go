package trust

import (
	"fmt"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/lint"
)

// bystanders are findings about signatures on a role that was accepted all the same.
func bystanders(subject string, list []Signer, d duty) []finding.Finding {
	out := invalid(subject, list)
	if f, ok := attendance(list, d).finding(subject); ok {
		out = append(out, f)
	}
	return out
}

// invalid names the signatures that do not verify.
func invalid(subject string, list []Signer) []finding.Finding {
	var out []finding.Finding
	for _, s := range list {
		switch s.Reason {
		case doesNotVerify:
			out = append(out, finding.New(finding.InvalidSignature, subject, "the signature of key %s does not verify", short(s.KeyID)).With("owner", s.Owner))
		case overReceived:
			out = append(out, finding.New(finding.InvalidSignature, subject, "the signature of key %s is over the file as it was received; go-tuf verifies what it writes itself", short(s.KeyID)).With("owner", s.Owner))
		}
	}
	return out
}

// turnout is how many keys signed a role that was accepted, and who did not.
type turnout struct {
	valid, keys, threshold int
	absent                 string // "not signed: … and …", or ""
}

// attendance is the zero value if there is nothing to say, or if not all keys were
// looked at.
func attendance(list []Signer, d duty) turnout {
	t := turnout{threshold: d.threshold}
	if len(list) != len(d.ids) {
		return turnout{}
	}
	var away, broken []string
	for i := range list {
		s := &list[i]
		switch {
		case s.Valid:
			t.valid++
		case s.Reason == notSigned:
			away = append(away, s.name())
		case s.Reason == doesNotVerify, s.Reason == overReceived:
			broken = append(broken, s.name())
		default:
			continue // the same key as another one, or one that was not looked at
		}
		t.keys++
	}
	if t.valid < t.threshold {
		return turnout{}
	}
	if len(away) > 0 {
		t.absent = "not signed: " + lint.Enumerate(away)
	}
	if len(broken) > 0 && t.valid == t.threshold {
		if t.absent != "" {
			t.absent += "; "
		}
		t.absent += "does not verify: " + lint.Enumerate(broken)
	}
	return t
}

// name is what a signer is called in a message.
func (s *Signer) name() string {
	if s.Owner != "" {
		return short(s.KeyID) + " (" + s.Owner + ")"
	}
	return short(s.KeyID)
}

// finding says who has not signed.
func (t turnout) finding(subject string) (f finding.Finding, ok bool) {
	id, text := t.said()
	if id == "" {
		return f, false
	}
	return finding.New(id, subject, "%s", text), true
}

// said is the kind of finding and its text, or nothing.
func (t turnout) said() (id finding.ID, text string) {
	switch {
	case t.absent == "":
		return "", ""
	case t.valid == t.threshold:
		return finding.ExactlyThreshold, fmt.Sprintf("%d of %d keys signed, exactly as many as required; %s", t.valid, t.keys, t.absent)
	}
	return finding.NotSigned, fmt.Sprintf("%d of %d keys signed, %d required; %s", t.valid, t.keys, t.threshold, t.absent)
}
