package report

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// Keys writes how many keys of a role have signed: "3 of 3 keys", and the
// threshold where it is not the number of keys: "4 of 5 keys (3 needed)".
func Keys(valid, total, threshold int) string {
	s := fmt.Sprintf("%d of %s", valid, measure.Count(total, "key"))
	if threshold != total {
		s += fmt.Sprintf(" (%d needed)", threshold)
	}
	return s
}

// Until writes when a role ends, seen from the reference time: "expires 2026-11-24
// (18h)", "EXPIRED 2023-03-01", or "" without a date.
func Until(expires, reference time.Time, expired bool) string {
	switch {
	case expires.IsZero():
		return ""
	case expired:
		return "EXPIRED " + expires.UTC().Format(time.DateOnly)
	case reference.IsZero():
		return "expires " + expires.UTC().Format(time.DateOnly)
	}
	return fmt.Sprintf("expires %s (%s)", expires.UTC().Format(time.DateOnly), measure.Left(expires.Sub(reference)))
}

// Valid writes until when a whole repository is valid, and which role ends first:
// "valid until 2026-11-24 18:00 UTC (18h): timestamp ends first", "no longer valid:
// timestamp ended on 2023-03-01 09:00 UTC".
func Valid(first *trust.Role, reference time.Time) string {
	s := valid(first.Expires, first.Expired, first.Name, reference)
	if rest, ok := strings.CutPrefix(s, "no longer"); ok {
		return "no longer valid" + rest
	}
	return "valid " + s
}

// valid is the same behind the word itself.
func valid(at time.Time, expired bool, role string, reference time.Time) string {
	when := at.UTC().Format("2006-01-02 15:04 MST")
	switch {
	case expired:
		return "no longer: " + role + " ended on " + when
	case reference.IsZero():
		return "until " + when + ": " + role + " ends first"
	}
	return fmt.Sprintf("until %s (%s): %s ends first", when, measure.Left(at.Sub(reference)), role)
}

// Shout is the verdict as it stands in a summary's first line.
func Shout(v engine.Verdict) string {
	if v == engine.Broken {
		return "NOT HEALTHY (critical)"
	}
	return strings.ToUpper(v.String())
}

// Common is what two texts about different files begin with, in whole words: what one
// line can say of both.
func Common(a, b string) string {
	if a == b {
		return a
	}
	x, y := strings.Fields(a), strings.Fields(b)
	n := 0
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	if n == 0 {
		return "for several reasons"
	}
	return strings.TrimRight(strings.Join(x[:n], " "), ":,;")
}
