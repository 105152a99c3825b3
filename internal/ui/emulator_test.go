package ui

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// emulator shows what a terminal would, for the sequences that this program and
// Bubble Tea write. Colours and attributes are only counted.
type emulator struct {
	width, height int
	cells         [][]string // a wide character leaves "" behind it
	row, col      int
	hidden        bool // the cursor
	alternate     bool // the screen
	paste         bool // bracketed
	mouse         bool
	colours       int // sequences that choose one
	bold, reverse int // sequences that begin it
	rest          string
}

func newEmulator(width, height int) *emulator {
	e := &emulator{}
	e.resize(width, height)
	return e
}

// resize keeps what is there, as the alternate screen of a terminal does: what is not
// drawn over stays to be seen.
func (e *emulator) resize(width, height int) {
	before := e.cells
	e.width, e.height = width, height
	e.row, e.col = min(e.row, height-1), min(e.col, width-1)
	e.cells = make([][]string, height)
	for i := range e.cells {
		e.cells[i] = make([]string, width)
	}
	e.erase(0, 0, height)
	for i := range min(height, len(before)) {
		copy(e.cells[i], before[i])
	}
}

// blank is an emulator in the same state whose screen is empty.
func (e *emulator) blank() *emulator {
	b := *e
	b.cells = nil
	b.resize(e.width, e.height)
	return &b
}

// erase clears from a place to the end of its line, and the lines below up to one.
func (e *emulator) erase(row, col, below int) {
	for r := row; r < max(below, row+1) && r < e.height; r++ {
		for c := col; c < e.width; c++ {
			e.cells[r][c] = " "
		}
		col = 0
	}
}

func (e *emulator) String() string {
	var b strings.Builder
	for _, line := range e.cells {
		b.WriteString(strings.TrimRight(strings.Join(line, ""), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Write takes output in pieces that may end anywhere.
func (e *emulator) Write(p []byte) (int, error) {
	s := e.rest + string(p)
	e.rest = ""
	for s != "" {
		seq, width, n, state := ansi.DecodeSequence(s, ansi.NormalState, nil)
		if n == len(s) && (state != ansi.NormalState || seq[0] >= 0x80) && len(s) < 64 {
			e.rest = s // perhaps not all of it
			return len(p), nil
		}
		s = s[n:]
		switch {
		case width > 0:
			e.put(seq, width)
		case seq == "\r":
			e.col = 0
		case seq == "\n":
			e.row = min(e.row+1, e.height-1)
		case strings.HasPrefix(seq, "\x1b[") && len(seq) > 2: // else another one has cut it off
			e.control(seq[2:len(seq)-1], seq[len(seq)-1])
		}
	}
	return len(p), nil
}

func (e *emulator) put(cluster string, width int) {
	if width > e.width {
		return
	}
	if e.col+width > e.width {
		e.row, e.col = min(e.row+1, e.height-1), 0
	}
	e.cells[e.row][e.col] = cluster
	for i := 1; i < width; i++ {
		e.cells[e.row][e.col+i] = ""
	}
	e.col += width
}

func (e *emulator) control(params string, final byte) {
	var n [2]int
	for i, p := range strings.SplitN(params, ";", 2) {
		n[i], _ = strconv.Atoi(p)
	}
	switch final {
	case 'H':
		e.row, e.col = min(max(n[0], 1), e.height)-1, min(max(n[1], 1), e.width)-1
	case 'G':
		e.col = min(max(n[0], 1), e.width) - 1
	case 'A':
		e.row = max(0, e.row-max(n[0], 1))
	case 'K':
		if n[0] == 2 {
			e.col = 0
		}
		e.erase(e.row, e.col, 0)
	case 'J':
		if n[0] == 2 {
			e.erase(0, 0, e.height)
		} else {
			e.erase(e.row, e.col, e.height)
		}
	case 'm':
		for p := range strings.SplitSeq(params, ";") {
			switch n, _ := strconv.Atoi(p); {
			case n == 1:
				e.bold++
			case n == 7:
				e.reverse++
			case n >= 30:
				e.colours++
			}
		}
	case 'h', 'l':
		switch params {
		case "?1002":
			e.mouse = final == 'h'
		case "?25":
			e.hidden = final == 'l'
		case "?1049":
			e.alternate = final == 'h'
			e.erase(0, 0, e.height)
		case "?2004":
			e.paste = final == 'h'
		}
	}
}
