package report

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// Anchor says on which root a run stands, and why that one is trusted: "v1 trusted as
// given, sha256 8a36…".
func Anchor(a engine.AnchorChosen) string {
	how := string(a.Source)
	switch a.Source {
	case engine.RootPinned:
		how = "trusted by its pinned digest"
	case engine.RootFile:
		how = "trusted as given"
	case engine.RootFirstUse:
		how = "trusted on first use"
		if !a.Since.IsZero() {
			how += " on " + a.Since.UTC().Format("2006-01-02 15:04 MST") + " and remembered"
		}
	case engine.RootRemembered:
		how = "remembered from an earlier run"
	}
	s := fmt.Sprintf("v%d %s", a.Version, how)
	if a.SHA256 != "" {
		s += ", sha256 " + a.SHA256
	}
	return s
}

// Outcome is what has become of a role, as plain lines and the log of the screen begin
// with it: "accepted v5", "REFUSED v12", "MISSING". It is "" while nothing has, and for
// what is no event: the older roots of the chain, and where the chain ends.
func Outcome(r *trust.Role) string {
	root := r.Parent == ""
	var what string
	switch r.State {
	case trust.Accepted:
		if root && !r.Current {
			return "" // one of the chain's older roots
		}
		what = "accepted"
	case trust.Refused:
		what = "REFUSED"
	case trust.Expired:
		what = "EXPIRED"
	case trust.Absent:
		if root {
			return "" // how the chain ends; a gap in it is a finding
		}
		what = "MISSING"
	case trust.Unfetched:
		if root && !r.Current {
			return "" // what is behind the end of the chain that is known
		}
		what = "NOT FETCHED"
	default:
		return ""
	}
	if r.Version > 0 {
		what += fmt.Sprintf(" v%d", r.Version)
	}
	return what
}

// Particulars are the numbers of a role, as far as they are known, seen from the
// reference time: "3 of 3 keys", "expires in 18h (soon)", "2506 targets".
func Particulars(r *trust.Role, reference time.Time) []string {
	var parts []string
	if len(r.Signers) > 0 {
		parts = append(parts, Keys(r.ValidSigners(), len(r.Signers), r.Threshold))
	}
	switch {
	case r.Expires.IsZero():
	case r.State == trust.Expired:
		parts = append(parts, "ended "+r.Expires.UTC().Format(time.DateOnly))
	case r.Expired:
		parts = append(parts, Until(r.Expires, reference, true))
	case r.Soon:
		parts = append(parts, "expires in "+measure.Left(r.Expires.Sub(reference))+" (soon)")
	default:
		parts = append(parts, "expires in "+measure.Left(r.Expires.Sub(reference)))
	}
	if r.Targets > 0 {
		parts = append(parts, measure.Count(r.Targets, "target"))
	}
	return parts
}

// Again says that another attempt at a file follows one that ended for a reason:
// "unexpected EOF, again in 0.9s (attempt 1), at 1.2 MiB if the server can go on there".
// Done is how much of the file there is to go on from, or 0.
func Again(why string, in time.Duration, attempt int, done int64) string {
	s := fmt.Sprintf("%s, again in %s (attempt %d)", why, measure.Span(max(in, 0)), attempt)
	if done > 0 {
		s += ", at " + measure.Size(done) + " if the server can go on there"
	}
	return s
}

// Because is a diagnosis with how sure it is and what speaks for it most: "server:
// alive, silent (likely: all that was sent is acknowledged)".
func Because(d *fetch.Diagnosis) string {
	s := fmt.Sprintf("%s (%s", d.Label, d.Certainty)
	if len(d.Evidence) > 0 {
		s += ": " + d.Evidence[0]
	}
	return s + ")"
}

// Culprit is whose fault it is: what a diagnosis's label says before its colon, and the
// host that a redirect has led to. Else it may be what differs from file to file, or from
// moment to moment.
func Culprit(label string) string {
	who, _, _ := strings.Cut(label, ":")
	if _, host, ok := strings.Cut(label, fetch.BehindRedirect); ok {
		who += fetch.BehindRedirect + host
	}
	return who
}
