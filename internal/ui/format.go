package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var units = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// scaled gives a number of bytes in the largest unit in which it is at least 1, and
// the unit's index.
func scaled(n float64) (float64, int) {
	u := 0
	// 1023.95 would be written as 1024.0.
	for n >= 1023.95 && u < len(units)-1 {
		n /= 1024
		u++
	}
	return n, u
}

// size writes a number of bytes: "512 B", "7.4 GiB".
func size(n int64) string {
	v, u := scaled(float64(n))
	return number(v, u) + " " + units[u]
}

func number(v float64, unit int) string {
	if unit == 0 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// part writes how far something is, in the unit of the whole: "7.4 of 19.9 GiB".
func part(done, total int64, between string) string {
	v, u := scaled(float64(total))
	d := float64(done)
	for range u {
		d /= 1024
	}
	return number(d, u) + between + number(v, u) + " " + units[u]
}

// rate writes bytes a second with two or three digits: "0 B/s", "1.2 MiB/s", "182
// MiB/s".
func rate(bytes float64) string {
	v, u := scaled(max(bytes, 0))
	if u > 0 && v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64) + " " + units[u] + "/s"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " " + units[u] + "/s"
}

// grouped writes a number with its digits in threes, as the problems' texts have it:
// "41,943,040".
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

// clock writes a time since the start: "0:42", "1:02:03".
func clock(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// age writes how long something has been so, in at most six cells: "4s", "3m20s",
// "2h05m", "3d".
func age(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}

// shortAge writes the same in at most three cells.
func shortAge(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}

// roleTime writes how long a role still has, or has been over: whole days, below two
// days whole hours, below two hours minutes, from a thousand days years. Days, hours and
// minutes are cut and not rounded: a role with
// 1d left lasts at least that.
func roleTime(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch {
	case d < 2*time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d >= 1000*24*time.Hour: // "1318d ago" is as wide as its column
		return strconv.FormatFloat(d.Hours()/24/365.25, 'f', 1, 64) + "y"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}

// lapse writes how long a step took: "4 ms", "2.31s", "42s", "3m20s".
func lapse(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return strconv.Itoa(int(d/time.Millisecond)) + " ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Truncate(10*time.Millisecond).Seconds(), 'f', 2, 64) + "s"
	}
	return age(d)
}

// exact writes a limit: "1.3s", "10s", "1m20s", "10m".
func exact(d time.Duration) string { return trimmed(d.Round(100 * time.Millisecond).String()) }

// trimmed takes the zeros off a duration that time.Duration wrote: 3h20m0s is 3h20m.
func trimmed(s string) string {
	for _, zero := range [...]string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// count writes a number with its noun: "1 key", "3 keys".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
