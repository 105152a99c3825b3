package main

import "testing"

func TestTheMedianIsTheMiddle(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 3, 100}, 3.5},
	} {
		if got := median(c.of); got != c.want {
			t.Errorf("the median of %v is %v, not %v", c.of, got, c.want)
		}
	}
	values := []float64{3, 1, 2}
	median(values)
	if values[0] != 3 {
		t.Error("the order of the values was changed")
	}
}

func TestPairsAreComparedRoundByRound(t *testing.T) {
	for _, c := range []struct {
		name   string
		of, to []float64
		want   float64
	}{
		{"a busy round disturbs both", []float64{2, 20, 2}, []float64{1, 10, 1}, 2},
		{"one that was run once meets the median", []float64{30}, []float64{9, 10, 11}, 3},
		{"nothing to compare", nil, []float64{1}, 0},
		{"nothing to compare with", []float64{1}, nil, 0},
		{"no time at all", []float64{1}, []float64{0}, 0},
	} {
		if got := pairs(c.of, c.to); got != c.want {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
}
