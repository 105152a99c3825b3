package measure_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/measure"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
	day = 24 * time.Hour
)

func TestNumbersInWords(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"three digits", measure.Digits(999), "999"},
		{"digits in threes", measure.Digits(41943040), "41,943,040"},
		{"four digits", measure.Digits(uint32(1000)), "1,000"},
		{"no comma behind a sign", measure.Digits(-999), "-999"},
		{"negative", measure.Digits(-1000), "-1,000"},
		{"the least", measure.Digits(int64(math.MinInt64)), "-9,223,372,036,854,775,808"},

		{"one", measure.Count(1, "key"), "1 key"},
		{"none", measure.Count(0, "key"), "0 keys"},
		{"many", measure.Count(1204, "key"), "1,204 keys"},
		{"one entry", measure.Count(1, "list entry"), "1 list entry"},
		{"entries", measure.Count(2, "list entry"), "2 list entries"},
		{"no noun", measure.Count(2, ""), "2 s"},
		{"one worker", measure.Workers(1, false), "1 worker"},
		{"chosen workers", measure.Workers(24, true), "24 workers, auto"},

		{"nothing", measure.Size(0), "0 B"},
		{"bytes have no point", measure.Size(512), "512 B"},
		{"nor a comma", measure.Size(1023), "1023 B"},
		{"exactly one", measure.Size(kib), "1 KiB"},
		{"a decimal", measure.Size(1536), "1.5 KiB"},
		{"about one", measure.Size(kib + 1), "1 KiB"},
		{"whole", measure.Size(700 * kib), "700 KiB"},
		{"four digits", measure.Size(674714), "658.9 KiB"},
		{"never five", measure.Size(1000*kib - 1), "1000 KiB"},
		{"no decimal from 1000 on", measure.Size(1001*kib + 300), "1001 KiB"},
		{"the last of a unit", measure.Size(1023*kib + 400), "1023 KiB"},
		{"never 1024 of a unit", measure.Size(mib - 1), "1 MiB"},
		{"the largest number has a unit", measure.Size(math.MaxInt64), "8 EiB"},
		{"negative bytes", measure.Size(-5), "-5 B"},
		{"the least has a unit", measure.Size(math.MinInt64), "-8 EiB"},

		{"a part is in the unit of the whole", measure.Part(7*gib, 20*gib-1, " of "), "7 of 20 GiB"},
		{"a small part of much", measure.Part(mib, 20*gib, "/"), "0/20 GiB"},
		{"nothing of nothing", measure.Part(0, 0, " of "), "0 of 0 B"},
		{"more than the whole", measure.Part(3*mib, 512*kib, " of "), "3 of 0.5 MiB"},
		{"each in its own unit", measure.Progress(12*kib, 20*gib), "12 KiB of 20 GiB"},
		{"or in the same", measure.Progress(24*kib, 51*kib+300), "24 of 51.3 KiB"},
		{"nothing has no unit of its own", measure.Progress(0, 20*gib), "0 of 20 GiB"},
		{"an unknown whole", measure.Progress(12*kib, -1), "12 KiB"},

		{"silence", measure.Rate(0), "0 B/s"},
		{"almost silence", measure.Rate(0.04), "0 B/s"},
		{"less than silence", measure.Rate(-3), "0 B/s"},
		{"drops", measure.Rate(10. / 3), "3.3 B/s"},
		{"bytes", measure.Rate(50.4), "50 B/s"},
		{"a decimal below ten", measure.Rate(1.25 * mib), "1.2 MiB/s"},
		{"none where it is whole", measure.Rate(5 * mib), "5 MiB/s"},
		{"none from ten on", measure.Rate(182.4 * mib), "182 MiB/s"},
		{"not 10.0", measure.Rate(9.97 * mib), "10 MiB/s"},
		{"never 1024 a second", measure.Rate(1023.6), "1 KiB/s"},

		{"no age", measure.Age(-time.Second), "0s"},
		{"an age of seconds", measure.Age(4900 * time.Millisecond), "4s"},
		{"of minutes", measure.Age(200 * time.Second), "3m20s"},
		{"of hours", measure.Age(125 * time.Minute), "2h05m"},
		{"of days", measure.Age(75 * time.Hour), "3d"},
		{"seconds in three cells", measure.ShortAge(59999 * time.Millisecond), "59s"},
		{"minutes in three cells", measure.ShortAge(time.Hour - 1), "59m"},
		{"hours in three cells", measure.ShortAge(day - 1), "23h"},
		{"days in three cells", measure.ShortAge(99 * day), "99d"},

		{"no time", measure.Span(0), "0.0s"},
		{"tenths", measure.Span(449 * time.Millisecond), "0.4s"},
		{"tenths are cut", measure.Span(9990 * time.Millisecond), "9.9s"},
		{"no tenths from ten on", measure.Span(31 * time.Second), "31s"},
		{"a span of minutes", measure.Span(112 * time.Second), "1m52s"},
		{"of hours and minutes", measure.Span(18*time.Hour + 59*time.Minute), "18h59m"},
		{"a negative span", measure.Span(-90 * time.Second), "-1m30s"},
		{"the least span", measure.Span(math.MinInt64), "-106751d"},

		{"hardly anything", measure.Lapse(10 * time.Microsecond), "<1 ms"},
		{"a short step", measure.Lapse(4200 * time.Microsecond), "4 ms"},
		{"seconds with decimals", measure.Lapse(2319 * time.Millisecond), "2.31s"},
		{"a long step", measure.Lapse(200 * time.Second), "3m20s"},

		{"the last two hours are minutes", measure.Left(90 * time.Minute), "90m"},
		{"time left is cut and not rounded", measure.Left(48*time.Hour - time.Second), "47h"},
		{"days left", measure.Left(212*day + 23*time.Hour), "212d"},
		{"time over reads like time left", measure.Left(-3 * day), "3d"},
		{"below a thousand days", measure.Left(1000*day - 1), "999d"},
		{"a thousand days are years", measure.Left(-1318 * day), "3.6y"},
		{"the least time left", measure.Left(math.MinInt64), "292.3y"},

		{"a tenth", measure.Tenths(1260 * time.Millisecond), "1.3s"},
		{"ten seconds", measure.Tenths(10 * time.Second), "10s"},
		{"minutes and seconds", measure.Tenths(80 * time.Second), "1m20s"},
		{"whole minutes", measure.Tenths(10 * time.Minute), "10m"},
		{"hours and minutes", measure.Tenths(200 * time.Minute), "3h20m"},
		{"whole hours", measure.Tenths(2 * time.Hour), "2h"},
		{"rounded seconds", measure.Seconds(69600 * time.Millisecond), "1m10s"},
		{"rounded to minutes", measure.Seconds(59600 * time.Millisecond), "1m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("%q, want %q", tt.got, tt.want)
			}
		})
	}
}

// value reads back what a size says, in bytes, and how much it may be off.
func value(t *testing.T, s string) (bytes, off float64) {
	t.Helper()
	text, unit, ok := strings.Cut(s, " ")
	u := map[string]int{"B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5, "EiB": 6}
	exp, known := u[unit]
	v, err := strconv.ParseFloat(text, 64)
	if !ok || !known || err != nil {
		t.Fatalf("%q is no size", s)
	}
	if digits := strings.Trim(strings.Replace(text, ".", "", 1), "-"); len(digits) > 4 {
		t.Errorf("%q has more than four digits", s)
	}
	one := math.Pow(1024, float64(exp))
	off = one / 2
	if strings.Contains(text, ".") {
		off = one / 20
	}
	return v * one, off * 1.0001
}

func FuzzNumbers(f *testing.F) {
	for _, n := range []int64{0, 1, -1, 999, 1000, 1023, 1024, mib - 1, 1000*mib - 1, 1023*gib + gib/2, math.MaxInt64, math.MinInt64} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		s := measure.Digits(n)
		if back, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64); err != nil || back != n {
			t.Errorf("%d is written %q", n, s)
		}
		for i, group := range strings.Split(strings.TrimPrefix(s, "-"), ",") {
			if len(group) > 3 || len(group) < 3 && i > 0 || group == "" {
				t.Errorf("%d is written %q", n, s)
			}
		}
		if got, off := value(t, measure.Size(n)); math.Abs(got-float64(n)) > off {
			t.Errorf("%d bytes are written %q", n, measure.Size(n))
		}
		rate := measure.Rate(float64(n) / 7)
		if text, ok := strings.CutSuffix(rate, "/s"); !ok {
			t.Errorf("%q is no rate", rate)
		} else if got, off := value(t, text); math.Abs(got-max(float64(n)/7, 0)) > off {
			t.Errorf("%v a second is written %q", float64(n)/7, rate)
		}
		d := time.Duration(n)
		if a := measure.Age(d); len(a) > 6 && d < 99999*day {
			t.Errorf("the age of %s is written %q", d, a)
		}
		if a := measure.ShortAge(d); len(a) > 3 && d < 100*day {
			t.Errorf("the age of %s is written %q", d, a)
		}
		if l := measure.Left(d); len(l) > 6 || strings.Contains(l, "-") {
			t.Errorf("%s left is written %q", d, l)
		}
		for _, s := range []string{measure.Tenths(d), measure.Seconds(d)} {
			back, err := time.ParseDuration(s)
			if err != nil || (back-d).Abs() > 500*time.Millisecond {
				t.Errorf("%s is written %q", d, s)
			}
		}
		for _, s := range []string{measure.Span(d), measure.Lapse(d)} {
			if len(s) > 8 || s == "" {
				t.Errorf("%s is written %q", d, s)
			}
		}
	})
}
