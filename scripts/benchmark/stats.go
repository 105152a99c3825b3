package main

import (
	"slices"
)

// median is the middle value, or the mean of the two in the middle; zero of none.
func median[T int64 | float64](values []T) T {
	v := slices.Sorted(slices.Values(values))
	switch n := len(v); {
	case n == 0:
		return 0
	case n%2 == 1:
		return v[n/2]
	default:
		return v[n/2-1] + (v[n/2]-v[n/2-1])/2
	}
}

// pairs is the median of the ratios of what was measured in the same rounds, which is
// steadier than the ratio of medians where the machine is at times busy. A series that was
// measured only once is compared with the other's median. It is zero where one has nothing.
func pairs(of, to []float64) float64 {
	if len(of) == 0 || len(to) == 0 {
		return 0
	}
	if len(of) != len(to) {
		return ratio(median(of), median(to))
	}
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = ratio(of[i], to[i])
	}
	return median(ratios)
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
