package trust

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"example.com/tufinspect/internal/canon"
	"example.com/tufinspect/internal/finding"
)

// reencoded is the finding for a role that is signed well as it was received, and that
// go-tuf refuses because it verifies what it writes itself.
func (r refused) reencoded(rec *received) finding.Finding {
	f := finding.New(finding.Reencoding, r.subject, "go-tuf verifies what it writes itself, and not what it received%s; enough keys signed it as it was received, and clients that verify that accept the signatures", rec.difference())
	return rec.evidence(f)
}

// difference says where what go-tuf writes differs, and what to do about it.
func (r *received) difference() string {
	if r.unwritable != "" {
		s := "; it cannot write this: " + r.unwritable
		if strings.Contains(s, "floating point number") { // whole ones beyond 64 bits are that to it
			s += "; " + asTexts
		}
		return s
	}
	s := ": " + differing(r.differs[0])
	switch n := len(r.differs) - 1 + r.more; n {
	case 0:
	case 1:
		s += " (and one more field differs)"
	default:
		s += fmt.Sprintf(" (and %d more fields differ)", n)
	}
	return s + "; " + right(r.differs[0])
}

// evidence adds the fields that differ.
func (r *received) evidence(f finding.Finding) finding.Finding {
	f = f.With("go-tuf cannot write it", r.unwritable)
	for _, d := range r.differs {
		f = f.With(clip(d.Path, 200), fmt.Sprintf("received %s, written by go-tuf %s", side(d.A, d.InA), side(d.B, d.InB)))
	}
	return f
}

// differing says how a field differs.
func differing(d canon.Difference) string {
	return fmt.Sprintf("%s is %s in the file and %s there", clip(d.Path, 200), side(d.A, d.InA), side(d.B, d.InB))
}

func side(v any, in bool) string {
	if !in {
		return "left out"
	}
	return clip(canon.Text(v), 100)
}

// exact is the largest whole number that all readers of JSON keep.
var exact = new(big.Int).Lsh(big.NewInt(1), 53)

// asTexts is what to do about whole numbers that readers of JSON round.
const asTexts = "write whole numbers above 2^53 as texts"

// right says how a field has to be written so that go-tuf writes the same.
func right(d canon.Difference) string {
	received, isText := d.A.(string)
	written, _ := d.B.(string)
	switch {
	case d.Path == "signed.expires" && isText:
		if t, err := time.Parse(time.RFC3339, received); err == nil {
			return "write it as " + t.UTC().Format("2006-01-02T15:04:05Z")
		}
		return "write it as 2026-01-31T12:00:00Z"
	case !d.InB:
		return "leave it out"
	case d.InA && d.A == nil:
		return "write what was meant instead of null"
	case d.B == nil:
		return "write it as an empty object or list, or as what was meant"
	case d.Path == "signed.expires":
		return "state it"
	case !d.InA:
		return fmt.Sprintf("write it out, as %s", side(d.B, true))
	case isText && received != written && strings.EqualFold(received, written):
		return "write it in lower case"
	case isLarge(d.A):
		return asTexts
	}
	return fmt.Sprintf("write it as %s", side(d.B, true))
}

// isLarge tells whether a value is a whole number that readers of JSON may round.
func isLarge(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	i, ok := new(big.Int).SetString(string(n), 10)
	return ok && i.CmpAbs(exact) > 0
}
