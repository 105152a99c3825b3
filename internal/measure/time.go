package measure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Age writes how long something has been so, cut to what it names and in at most six
// characters for 270 years: "4s", "3m20s", "2h05m", "3d". A negative one is 0s.
func Age(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return whole(d, time.Second, "s")
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return whole(d, day, "d")
}

// ShortAge writes the same in at most three characters for the first 99 days.
func ShortAge(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return whole(d, time.Second, "s")
	case d < time.Hour:
		return whole(d, time.Minute, "m")
	case d < day:
		return whole(d, time.Hour, "h")
	}
	return whole(d, day, "d")
}

// Span writes a length of time like Age, with tenths while it is below ten seconds:
// "0.4s", "31s", "1m52s". A negative one has its sign.
func Span(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", positive(d)
	}
	if d < 10*time.Second {
		return sign + decimals(d, 1)
	}
	return sign + Age(d)
}

// Lapse writes how long a step took, of which there may be very short ones: "<1 ms",
// "4 ms", "2.31s", then like Age. A negative one is "<1 ms".
func Lapse(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return whole(d, time.Millisecond, " ms")
	case d < 10*time.Second:
		return decimals(d, 2)
	}
	return Age(d)
}

// Left writes how long something with an end still has, or has been over: minutes below
// two hours, hours below two days, then days, and years from a thousand days on. All but
// the years is cut and not rounded: what has 1d left lasts at least that.
func Left(d time.Duration) string {
	d = positive(d)
	switch {
	case d < 2*time.Hour:
		return whole(d, time.Minute, "m")
	case d < 2*day:
		return whole(d, time.Hour, "h")
	case d < 1000*day:
		return whole(d, day, "d")
	}
	return strconv.FormatFloat(d.Hours()/24/365.25, 'f', 1, 64) + "y"
}

// Tenths writes a length of time rounded to a tenth of a second and without zeros at
// its end, as somebody would type it: "1.3s", "10s", "1m20s", "10m".
func Tenths(d time.Duration) string { return trimmed(d.Round(100 * time.Millisecond)) }

// Seconds writes the same rounded to whole seconds: "7s", "1m", "1m10s", "2h".
func Seconds(d time.Duration) string { return trimmed(d.Round(time.Second)) }

// trimmed takes the zeros off that time.Duration writes: 3h20m0s is 3h20m.
func trimmed(d time.Duration) string {
	s := d.String()
	for _, zero := range [...]string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

func whole(d, unit time.Duration, name string) string {
	return strconv.FormatInt(int64(d/unit), 10) + name
}

// decimals writes seconds with so many decimals, cut.
func decimals(d time.Duration, n int) string {
	scale := time.Duration(math.Pow10(n))
	return strconv.FormatFloat(d.Truncate(time.Second/scale).Seconds(), 'f', n, 64) + "s"
}

// positive is d without its sign; the least of all has no counterpart.
func positive(d time.Duration) time.Duration {
	if d < 0 {
		d = max(-d, -(d + 1))
	}
	return d
}
