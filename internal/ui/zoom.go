package ui

import "time"

// Zooming and panning of the waterfall.

// reasonRoom is how many cells are kept free behind now, for the reasons.
func reasonRoom(cells int) int { return min(20, cells/4) }

// fit is the length of a cell at which the whole run is on screen.
func (v *waterfall) fit(m *model, cells int) time.Duration {
	return fitting(max(m.now(), leastRun), cells-reasonRoom(cells))
}

// scale is the axis of this moment.
func (v *waterfall) scale(m *model) scale {
	s := scale{cells: max(1, m.width-beforeAxis(m.width))}
	s.per = v.fit(m, s.cells)
	if !v.zoomed(m) {
		return s
	}
	s.per = v.zoom
	if v.panned {
		s.from = s.align(v.from)
	} else {
		s.from = v.latest(m, s)
	}
	return s
}

// latest is where an axis begins that follows now.
func (v *waterfall) latest(m *model, s scale) time.Duration {
	shown := s.per * time.Duration(s.cells-reasonRoom(s.cells)-1)
	return s.align(s.align(m.now()) - shown)
}

// zoomed tells whether less than the whole run is shown. On a screen that has become
// wider, what was zoomed may fit.
func (v *waterfall) zoomed(m *model) bool {
	return v.zoom > 0 && v.zoom < v.fit(m, max(1, m.width-beforeAxis(m.width)))
}

// still tells whether the axis stands still.
func (v *waterfall) still(m *model) bool { return v.panned && v.zoomed(m) }

// follow shows the whole run.
func (v *waterfall) follow() { v.zoom, v.from, v.panned = 0, 0, false }

// zoomIn halves what is shown, around the middle or, while it is followed, now.
func (v *waterfall) zoomIn(m *model) { v.zoomTo(m, v.scale(m).per/2) }

// zoomOut doubles what is shown, at most to the whole run.
func (v *waterfall) zoomOut(m *model) {
	s := v.scale(m)
	if 2*s.per >= v.fit(m, s.cells) {
		v.follow()
		return
	}
	v.zoomTo(m, 2*s.per)
}

func (v *waterfall) zoomTo(m *model, per time.Duration) {
	s := v.scale(m)
	middle := s.from + (s.end()-s.from)/2
	v.zoom = max(per, finest)
	if v.panned {
		v.from = max(0, middle-v.zoom*time.Duration(s.cells)/2)
		v.catchUp(m)
	}
}

// panLeft shows what was before, by a quarter of the screen.
func (v *waterfall) panLeft(m *model) {
	s := v.scale(m)
	if s.from == 0 {
		return
	}
	v.from, v.panned = max(0, s.from-s.quarter()), true
}

// panRight shows what came after. At the end it follows again.
func (v *waterfall) panRight(m *model) {
	if !v.still(m) {
		return
	}
	s := v.scale(m)
	v.from = s.from + s.quarter()
	v.catchUp(m)
}

// catchUp follows now again when it has come on screen.
func (v *waterfall) catchUp(m *model) {
	if s := v.scale(m); s.from >= v.latest(m, s) {
		v.panned = false
	}
}

// quarter is a quarter of the axis.
func (s scale) quarter() time.Duration { return s.per * time.Duration(max(1, s.cells/4)) }
