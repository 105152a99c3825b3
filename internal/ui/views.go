package ui

import (
	"strings"
)

// view is what fills the screen between the header and the status line.
type view interface {
	// act carries out an action. It is given those that are not the whole screen's, and
	// of the key table only those that work in this view.
	act(m *model, a action)
	// draw paints at most so many rows.
	draw(m *model, rows int)
	// footer changes what the footer says of an action; "" leaves it, and "-" takes it
	// out.
	footer(m *model, a action) string
}

// Some views can do more.
type (
	// clickable puts the cursor into a row of what it has drawn, counted from its first.
	clickable interface{ click(m *model, row int) }
	// scrollable moves a text that stands in this row of the screen by some lines, and
	// tells whether there is one.
	scrollable interface {
		scroll(m *model, row, lines int) bool
	}
	// copyable gives what there is to copy under the cursor: a name, or with line all
	// that is to be said of it in one line. "" is nothing.
	copyable interface {
		copy(m *model, line bool) string
	}
	// opener is told when it comes on screen.
	opener interface{ opened(m *model) }
	// stating writes the status line in place of the news. With false it has written
	// nothing.
	stating interface{ status(m *model) bool }
)

// viewID names a view by the key that shows it.
type viewID uint8

const (
	viewTargets viewID = iota
	viewWaterfall
	viewLog
	viewTrust
	viewHosts
	viewFindings
	numViews
)

var viewNames = [numViews]string{"targets", "waterfall", "log", "trust", "hosts", "findings"}

// String gives the word that stands on screen.
func (v viewID) String() string { return viewNames[min(v, numViews-1)] }

// viewSet is a set of views.
type viewSet uint8

const (
	inTargets viewSet = 1 << iota
	inWaterfall
	inLog
	inTrust
	inHosts
	inFindings

	inItems  = inTargets | inWaterfall
	allViews = inItems | inLog | inTrust | inHosts | inFindings
)

func (s viewSet) has(v viewID) bool { return s&(1<<v) != 0 }

// String names the views; "" is all of them.
func (s viewSet) String() string {
	var names []string
	for v := range numViews {
		if s.has(v) {
			names = append(names, v.String())
		}
	}
	return strings.Join(names, ", ")
}

// newViews makes one of each.
func newViews() [numViews]view {
	return [numViews]view{
		viewTargets: &itemsView{}, viewWaterfall: &waterfall{of: none, lost: none}, viewLog: &logView{},
		viewTrust: &trustView{}, viewHosts: &hostsView{}, viewFindings: &findingsView{},
	}
}

// look at another view.
func (m *model) show(v viewID) {
	m.at = v
	if o, ok := m.view().(opener); ok {
		o.opened(m)
	}
}

func (m *model) view() view { return m.views[m.at] }

// stated tells whether the view has written the status line.
func (m *model) stated() bool {
	v, ok := m.view().(stating)
	return ok && v.status(m)
}

// scroller is the cursor and the window of a view whose rows are counted, and do not
// move by themselves.
type scroller struct {
	row    int // the cursor
	top    int // the first row on screen
	height int // rows on screen
	n      int // rows there are
}

// resize sets how many rows there are and how many fit.
func (s *scroller) resize(n, height int) {
	s.n, s.height = n, max(height, 1)
	s.to(s.row)
}

// to puts the cursor into a row and the window around it.
func (s *scroller) to(row int) {
	s.row = max(0, min(row, s.n-1))
	s.top = min(s.top, s.n-s.height, s.row)
	s.top = max(s.top, s.row-s.height+1, 0)
}

// act moves the cursor, and tells whether the action was a move.
func (s *scroller) act(a action) bool {
	switch a {
	case actUp:
		s.to(s.row - 1)
	case actDown:
		s.to(s.row + 1)
	case actPageUp:
		s.to(s.row - s.height)
	case actPageDown:
		s.to(s.row + s.height)
	case actHalfUp:
		s.to(s.row - max(1, s.height/2))
	case actHalfDown:
		s.to(s.row + max(1, s.height/2))
	case actTop:
		s.to(0)
	case actBottom:
		s.to(s.n - 1)
	default:
		return false
	}
	return true
}

// end is behind the last row on screen.
func (s *scroller) end() int { return min(s.top+s.height, s.n) }
