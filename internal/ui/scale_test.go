package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

func TestAnAxisHasRoundStepsAndFits(t *testing.T) {
	for _, c := range []struct {
		span   time.Duration
		cells  int
		labels string
	}{
		{300 * time.Millisecond, 60, "0:00.00 0:00.10 0:00.20 0:00.30"},
		{5 * time.Second, 60, "0:00 0:01 0:02 0:03 0:04 0:05"},
		{42 * time.Second, 60, "0:00 0:10 0:20 0:30 0:40"},
		{42 * time.Second, 30, "0:00 0:15 0:30"},
		{9 * time.Minute, 60, "0:00 2:00 4:00 6:00 8:00"},
		{5 * time.Hour, 80, "0:00 1:00:00 2:00:00 3:00:00 4:00:00"},
		{100 * time.Hour, 40, "0:00 48:00:00"},
	} {
		s := scale{per: fitting(c.span, c.cells), cells: c.cells}
		p := painter{pal: paletteOf(Mono), g: glyphsOf(false)}
		p.begin(c.cells)
		s.drawLabels(&p, 0)
		text := ansi.Strip(string(p.buf))
		labels := strings.Fields(text)
		if n := s.cell(c.span); n >= c.cells || n < c.cells*6/7 && s.per > finest {
			t.Errorf("%v ends in cell %d of %d", c.span, n, c.cells)
		}
		if s.per >= 10*time.Millisecond && strings.Join(labels, " ") != c.labels {
			t.Errorf("%v in %d cells: %q, want %q", c.span, c.cells, labels, c.labels)
		}
	}
}

func TestALabelStandsAtItsCell(t *testing.T) {
	s := scale{from: 41 * time.Second, per: 250 * time.Millisecond, cells: 60}
	p := painter{pal: paletteOf(Mono), g: glyphsOf(false)}
	p.begin(80)
	s.drawLabels(&p, 10)
	want := strings.Repeat(" ", 26) + "0:45" + strings.Repeat(" ", 16) + "0:50" + strings.Repeat(" ", 16) + "0:55"
	if got := ansi.Strip(string(p.buf)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAMomentIsAsExactAsItsStep(t *testing.T) {
	for _, c := range []struct {
		t, step time.Duration
		want    string
	}{
		{42500 * time.Millisecond, time.Second, "0:42"},
		{42500 * time.Millisecond, 500 * time.Millisecond, "0:42.5"},
		{42500 * time.Millisecond, 20 * time.Millisecond, "0:42.50"},
		{42507 * time.Millisecond, time.Millisecond, "0:42.507"},
		{-time.Second, time.Second, "0:00"},
	} {
		if got := moment(c.t, c.step); got != c.want {
			t.Errorf("moment(%v, %v) = %q, want %q", c.t, c.step, got, c.want)
		}
	}
}

func TestAMomentBeforeTheAxisIsInNoCellOfIt(t *testing.T) {
	s := scale{from: 10 * time.Second, per: time.Second, cells: 10}
	for at, want := range map[time.Duration]int{
		9500 * time.Millisecond: -1, 9 * time.Second: -1, 8900 * time.Millisecond: -2,
		10 * time.Second: 0, 10900 * time.Millisecond: 0, 20 * time.Second: 10,
	} {
		if got := s.cell(at); got != want {
			t.Errorf("%v is in cell %d, want %d", at, got, want)
		}
	}
}
