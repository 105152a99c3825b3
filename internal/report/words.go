package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
)

var units = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// Size writes a number of bytes for people: "512 B", "24.0 MiB".
func Size(n int64) string {
	u := unit(n)
	return inUnit(n, u) + " " + units[u]
}

// Part writes how far something is, both numbers in the unit of the whole: "24.0 of
// 69.0 MiB".
func Part(done, total int64) string {
	u := unit(max(done, total))
	return inUnit(done, u) + " of " + inUnit(total, u) + " " + units[u]
}

// unit is the unit in which n has one to four digits before the point.
func unit(n int64) int {
	u := 0
	// 1023.95 KiB would be written as 1024.0.
	for f := float64(max(n, -n)); f >= 1023.95 && u < len(units)-1 || u == 0 && f >= 1024; f /= 1024 {
		u++
	}
	return u
}

func inUnit(n int64, u int) string {
	if u == 0 {
		return strconv.FormatInt(n, 10)
	}
	return strconv.FormatFloat(float64(n)/float64(int64(1)<<(10*u)), 'f', 1, 64)
}

// Span writes a length of time for people, in at most two units: "0.4s", "31s",
// "1m52s", "2h05m", "18h", "212d". From a day on it is whole days, from three hours
// on whole hours, cut and not rounded: a role that ends in 1d lasts at least that.
func Span(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%s%.1fs", sign, d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%s%ds", sign, d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%s%dm%02ds", sign, d/time.Minute, d%time.Minute/time.Second)
	case d < 3*time.Hour:
		return fmt.Sprintf("%s%dh%02dm", sign, d/time.Hour, d%time.Hour/time.Minute)
	case d < 24*time.Hour:
		return fmt.Sprintf("%s%dh", sign, d/time.Hour)
	}
	return fmt.Sprintf("%s%dd", sign, d/(24*time.Hour))
}

// Keys writes how many keys of a role have signed: "3 of 3 keys", and the
// threshold where it is not the number of keys: "4 of 5 keys (3 needed)".
func Keys(valid, total, threshold int) string {
	s := fmt.Sprintf("%d of %s", valid, Count(total, "key"))
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
	return fmt.Sprintf("expires %s (%s)", expires.UTC().Format(time.DateOnly), Span(expires.Sub(reference)))
}

// Count writes a number and its noun: "1 target", "2 targets".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
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
