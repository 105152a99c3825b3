package ui

import (
	"math"
	"testing"
	"time"
)

// However long a run is, its history is bounded, has all of it, and the spark line of
// the header has the latest.
func TestTheHistoryOfAWholeRunIsBounded(t *testing.T) {
	for _, seconds := range []int{1, 240, 1023, 1024, 1025, 5000, 100_000} {
		var h history
		sum := 0.0
		for i := range seconds {
			x := float64(i % 1000)
			sum += x
			h.add(time.Duration(i)*time.Second, x)
			h.add(time.Duration(i)*time.Second+time.Millisecond, 1e9) // one a second is kept
		}
		if len(h.whole) > wholeLimit || len(h.v) > historyLimit || cap(h.whole) > 2*wholeLimit {
			t.Errorf("%d seconds take %d and %d", seconds, len(h.whole), len(h.v))
		}
		if got := h.v[len(h.v)-1]; got != float64((seconds-1)%1000) {
			t.Errorf("the latest of %d is %v", seconds, got)
		}
		if covers := time.Duration(len(h.whole)) * h.step; covers < time.Duration(seconds)*time.Second || covers >= time.Duration(seconds)*time.Second+h.step {
			t.Errorf("%d steps of %s stand for %d seconds", len(h.whole), h.step, seconds)
		}
		mean := 0.0
		for i, x := range h.whole {
			weight := float64(h.step / time.Second)
			if i == len(h.whole)-1 {
				weight = float64(h.last)
			}
			mean += x * weight
		}
		if want := sum / float64(seconds); math.Abs(mean/float64(seconds)-want) > 1e-6*want+1e-9 {
			t.Errorf("the mean of %d seconds is %v, want %v", seconds, mean/float64(seconds), want)
		}
	}
}

func TestGapsInTheHistoryHaveTheRateBeforeThem(t *testing.T) {
	var h history
	h.add(0, 7)
	h.add(10*time.Second, 3)
	v, until := h.columns(11)
	if until != 11*time.Second || v[0] != 7 || v[9] != 7 || v[10] != 3 {
		t.Errorf("%v until %s", v, until)
	}
	// A record of a run may say any time.
	h.add(math.MaxInt64/2, 1)
	if len(h.whole) > wholeLimit {
		t.Errorf("%d steps", len(h.whole))
	}
}

func TestTheScaleOfAChart(t *testing.T) {
	for most, want := range map[float64]float64{
		0: 1, 1: 1, 3: 5, 182 * mib: 200 * mib, 200 * mib: 200 * mib, 201 * mib: 500 * mib, 1010 * mib: 1 << 30, 1.5 * (1 << 30): 2 << 30,
	} {
		if got := scaleTop(most); got != want {
			t.Errorf("the scale for %v ends at %v, want %v", most, got, want)
		}
	}
}

// A rate that is small beside the others is not drawn as none.
func TestLittleIsNotNothingInAChart(t *testing.T) {
	p := &painter{g: glyphsOf(false)}
	for _, tt := range []struct {
		x     float64
		below int
		want  string
	}{{0, 0, " "}, {1, 0, "▁"}, {1, 8, " "}, {800, 0, "█"}, {500, 8, " "}, {1600, 8, "█"}, {1200, 8, "▄"}} {
		if got := p.level(tt.x, 1600, 16, tt.below); got != tt.want {
			t.Errorf("%v above %d is %q, want %q", tt.x, tt.below, got, tt.want)
		}
	}
}
