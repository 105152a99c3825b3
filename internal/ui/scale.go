package ui

import (
	"fmt"
	"time"
)

// scale maps the run's time to the cells of a line. A cell is as long on every line
// and from one frame to the next, so that what is drawn stays where it is while time
// goes on.
type scale struct {
	from  time.Duration // where the first cell begins, a multiple of per
	per   time.Duration // of a cell
	cells int
}

const (
	// finest is the shortest cell: phases are measured in milliseconds.
	finest = time.Millisecond
	// leastRun is how long a run is at least drawn to be. Its first seconds are not
	// stretched over the whole screen, to shrink with every tick.
	leastRun = 5 * time.Second
	// labelCells is how far the labels of an axis stand apart at least.
	labelCells = 10
)

// fitting gives the length of a cell at which a time fits into so many cells. It
// grows in steps of an eighth: the axis stands still for a while, then shrinks once,
// and does not creep.
func fitting(span time.Duration, cells int) time.Duration {
	per := finest
	for per*time.Duration(max(cells, 1)) <= span {
		per += per / 8
	}
	return per
}

// cell is the cell that a moment falls into, which may lie outside of the line.
func (s scale) cell(t time.Duration) int {
	n := (t - s.from) / s.per
	if t < s.from && (t-s.from)%s.per != 0 {
		n--
	}
	return int(n)
}

// border is the border between two cells that is nearest to a moment, named by the
// cell behind it: a cell shows what was so in its middle.
func (s scale) border(t time.Duration) int { return s.cell(t + s.per/2) }

// end is where the last cell ends.
func (s scale) end() time.Duration { return s.from + s.per*time.Duration(s.cells) }

// align cuts a moment to the begin of a cell.
func (s scale) align(t time.Duration) time.Duration { return max(t, 0).Truncate(s.per) }

// step is how far the labels stand apart: a round time.
func (s scale) step() time.Duration {
	least := s.per * labelCells
	for _, step := range [...]time.Duration{
		10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
		100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2 * time.Second, 5 * time.Second,
		10 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if step >= least {
			return step
		}
	}
	step := 24 * time.Hour
	for step < least {
		step *= 2
	}
	return step
}

// moment writes a time of the run as exactly as a step needs: "0:42", "0:42.50".
func moment(t, step time.Duration) string {
	digits, unit := 0, time.Second
	for step%unit != 0 && digits < 3 {
		digits, unit = digits+1, unit/10
	}
	if digits == 0 {
		return clock(t)
	}
	return clock(t) + fmt.Sprintf(".%0*d", digits, max(t, 0)%time.Second/unit)
}

// drawLabels writes the labels of the axis, each from its cell on, in a line whose
// first cell is at a column.
func (s scale) drawLabels(p *painter, column int) {
	step := s.step()
	for t := (s.from + step - 1).Truncate(step); t < s.end(); t += step {
		text := moment(t, step)
		at := column + s.cell(t)
		if at+widthOf(text) > p.width {
			break
		}
		p.to(at)
		p.put(bold, text)
	}
}
