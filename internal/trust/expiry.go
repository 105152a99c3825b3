package trust

import (
	"encoding/json"
	"math"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

const day = 24 * time.Hour

// soonDefault is how long before its end a role is reported when neither the
// caller nor the repository says.
func soonDefault(name string) time.Duration {
	switch name {
	case "timestamp":
		return day
	case "snapshot":
		return 3 * day
	case "root":
		return 30 * day
	}
	return 15 * day
}

// grace is how far a validity may be over a limit before it is called too long: clocks
// differ, and it began when the role was signed.
const grace = time.Hour

// Fields in which repositories state, in days, how long before the end they mean to
// sign anew and how long a new version is valid: of tuf-on-ci, and of the playground
// that it grew out of. They stand in the role, or in the root for roles that are signed
// online.
var (
	signingFields = [...]string{"x-tuf-on-ci-signing-period", "x-playground-signing-period"}
	expiryFields  = [...]string{"x-tuf-on-ci-expiry-period", "x-playground-expiry-period"}
)

// signingPeriod is the time before the end in which the repository itself wants to
// sign anew. Zero if it states none.
func signingPeriod(fields map[string]any) time.Duration { return period(fields, signingFields[:]) }

// expiryPeriod is how long the repository itself wants a version to be valid. Zero if it
// states none.
func expiryPeriod(fields map[string]any) time.Duration { return period(fields, expiryFields[:]) }

func period(fields map[string]any, names []string) time.Duration {
	for _, name := range names {
		var days float64
		switch v := fields[name].(type) {
		case float64:
			days = v
		case json.Number:
			days, _ = v.Float64()
		}
		if days > 0 && days <= 36500 {
			return time.Duration(days * float64(day))
		}
	}
	return 0
}

// ended is the problem of a delegated role, or of targets, whose time is over (5.6.5);
// nil if it is not.
func (w *Walk) ended(f *file) *finding.Finding {
	r := Role{Name: w.roles[f.in[0].role].Name, Version: f.content.version, Expires: f.content.expires}
	if g, ok := w.judgeExpiry(&r, f.content.fields); ok && r.Expired {
		return &g
	}
	return nil
}

// judgeExpiry fills in the role's Expired and Soon as of the reference time (5.1)
// and gives the finding, if there is one. fields are the role's unrecognised ones.
func (w *Walk) judgeExpiry(r *Role, fields map[string]any) (finding.Finding, bool) {
	subject := r.Name
	left := r.Expires.Sub(w.cfg.At)
	soon, overdue := soonDefault(r.Name), false
	switch p := signingPeriod(fields); {
	case w.cfg.Soon > 0:
		soon = w.cfg.Soon
	case p > 0:
		soon, overdue = p, true
	}
	r.Expired, r.Soon = w.cfg.At.After(r.Expires), false
	when := r.Expires.UTC().Format("2006-01-02 15:04 MST")
	var f finding.Finding
	switch {
	case r.Expired && r.Expires.IsZero():
		return finding.New(finding.Expired, subject, "version %d states no expiry, and go-tuf takes that for the year 1", r.Version), true
	case r.Expired:
		f = finding.New(finding.Expired, subject, "version %d expired on %s, %s ago", r.Version, when, span(-left))
	case left < soon && overdue:
		r.Soon = true
		f = finding.New(finding.SigningOverdue, subject, "version %d expires on %s, in %s; the repository means to sign anew %s before the end", r.Version, when, span(left), span(soon))
	case left < soon:
		r.Soon = true
		f = finding.New(finding.ExpiresSoon, subject, "version %d expires on %s, in %s", r.Version, when, span(left))
	default:
		return f, false
	}
	return f.With("expires", r.Expires.UTC().Format(time.RFC3339)), true
}

// judgeValidity says what is odd about how long a role is valid from the reference time
// on. fields are as in judgeExpiry.
func (w *Walk) judgeValidity(r *Role, fields map[string]any) []finding.Finding {
	var out []finding.Finding
	left := r.Expires.Sub(w.cfg.At)
	end := r.Expires.UTC().Format(time.RFC3339)
	if p := expiryPeriod(fields); p > 0 && left > p+grace {
		out = append(out, finding.New(finding.ValidTooLong, r.Name, "version %d is valid for %s from now; the repository states %s", r.Version, span(left), span(p)).With("expires", end))
	}
	if r.Name == metadata.TIMESTAMP && r.Parent == metadata.ROOT && left > longTimestamp+grace {
		out = append(out, finding.New(finding.TimestampLongLived, r.Name, "version %d is valid for %s from now", r.Version, span(left)).With("expires", end))
	}
	return out
}

// longTimestamp is the longest sensible validity of a timestamp.
const longTimestamp = 7 * day

// span is a duration in the unit that people use for it.
func span(d time.Duration) string {
	if d < 0 {
		d = math.MaxInt64 // the difference to the far past or future has no room
	}
	switch {
	case d >= 2*day:
		return measure.Count(d/day, "day")
	case d >= 2*time.Hour:
		return measure.Count(d/time.Hour, "hour")
	}
	return measure.Count(d/time.Minute, "minute")
}
