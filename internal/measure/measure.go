// Package measure puts numbers into words for people: bytes, rates, counts and lengths
// of time. Every display, report and problem of the program writes them with it, so
// that the same number looks the same wherever it stands.
//
// Its texts are printable ASCII. No function blocks, fails or panics, whatever it is
// given.
package measure

import (
	"math"
	"strconv"
	"strings"
)

// Integer is what can be counted with. What does not fit into an int64 is not in it.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32
}

// Digits writes a number in full, with commas between thousands: "41,943,040".
func Digits[N Integer](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	first := 0 // index of the first digit
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count writes a number with its noun, which is given for one: "1 key", "1,204 keys",
// "0 list entries".
func Count[N Integer](n N, noun string) string {
	if n != 1 {
		noun = plural(noun)
	}
	return Digits(n) + " " + noun
}

func plural(noun string) string {
	n := len(noun)
	if n > 1 && noun[n-1] == 'y' && !strings.ContainsRune("aeiou", rune(noun[n-2])) {
		return noun[:n-1] + "ies"
	}
	return noun + "s"
}

var units = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// Size writes a number of bytes in the largest unit in which it is at least 1: "512
// B", "700 KiB", "658.9 KiB", "1000 KiB", "1.9 MiB". It has one decimal unless that is
// 0, and four digits at most.
func Size(bytes int64) string {
	v, u := scaled(float64(bytes))
	return number(v) + " " + units[u]
}

// Part writes how far something is, both numbers in the unit of the whole and with what
// is put between them: "7.4 of 19.9 GiB".
func Part(done, total int64, between string) string {
	_, u := scaled(float64(max(done, total)))
	return number(in(done, u)) + between + number(in(total, u)) + " " + units[u]
}

// Progress writes how far something came, where a little of much is worth telling from
// nothing: like Part, but with a unit each where they differ, "24 of 51.3 KiB" and "12
// KiB of 40.2 MiB". A negative total is not known, and left out.
func Progress(done, total int64) string {
	if total < 0 {
		return Size(done)
	}
	_, u := scaled(float64(done))
	if _, of := scaled(float64(total)); u == of || done == 0 {
		return Part(done, total, " of ")
	}
	return Size(done) + " of " + Size(total)
}

// Rate writes bytes a second in two or three digits, four from 1000 of a unit on: "0
// B/s", "1.2 MiB/s", "182 MiB/s". More would only flicker. A negative rate is none.
func Rate(bytes float64) string {
	v, u := scaled(max(bytes, 0))
	if v >= 9.95 || v < 0.05 {
		v = math.RoundToEven(v)
	}
	return number(v) + " " + units[u] + "/s"
}

// Workers writes how many workers there are: "1 worker", "24 workers, auto" if they are
// as many as the run itself has chosen.
func Workers(n int, auto bool) string {
	if auto {
		return Count(n, "worker") + ", auto"
	}
	return Count(n, "worker")
}

// scaled gives a number of bytes in the largest unit in which it is at least 1, and the
// unit's index.
func scaled(n float64) (float64, int) {
	u := 0
	// 1023.5 would be written as 1024.
	for math.Abs(n) >= 1023.5 && u < len(units)-1 {
		n /= 1024
		u++
	}
	return n, u
}

// in gives a number of bytes in a unit.
func in(n int64, unit int) float64 { return float64(n) / float64(int64(1)<<(10*unit)) }

func number(v float64) string {
	if math.Abs(v) >= 999.95 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}
