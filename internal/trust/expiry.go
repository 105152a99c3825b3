package trust

import (
	"encoding/json"
	"math"
	"time"

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

// signingPeriod is the number of days before the end in which the repository
// itself wants to sign anew, from the fields that tuf-on-ci writes. Zero if there
// is none.
func signingPeriod(fields map[string]any) time.Duration {
	var days float64
	switch v := fields["x-tuf-on-ci-signing-period"].(type) {
	case float64:
		days = v
	case json.Number:
		days, _ = v.Float64()
	}
	if days <= 0 || days > 3650 {
		return 0
	}
	return time.Duration(days * float64(day))
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
	soon := soonDefault(r.Name)
	if p := signingPeriod(fields); p > 0 {
		soon = p
	}
	if w.cfg.Soon > 0 {
		soon = w.cfg.Soon
	}
	r.Expired, r.Soon = w.cfg.At.After(r.Expires), false
	when := r.Expires.UTC().Format("2006-01-02 15:04 MST")
	var f finding.Finding
	switch {
	case r.Expired && r.Expires.IsZero():
		return finding.New(finding.Expired, subject, "version %d states no expiry, and go-tuf takes that for the year 1", r.Version), true
	case r.Expired:
		f = finding.New(finding.Expired, subject, "version %d expired on %s, %s ago", r.Version, when, span(-left))
	case left < soon:
		r.Soon = true
		f = finding.New(finding.ExpiresSoon, subject, "version %d expires on %s, in %s", r.Version, when, span(left))
	default:
		return f, false
	}
	return f.With("expires", r.Expires.UTC().Format(time.RFC3339)), true
}

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
