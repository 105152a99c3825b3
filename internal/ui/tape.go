package ui

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"example.com/tufinspect/internal/engine"
)

// tape is what a model knows of the recording that it shows: where it is, and how fast it
// plays. The clock of everything on screen is that of the recording.
type tape struct {
	on   bool
	name string // of the file
	// troubles are the times in which something went wrong, rising.
	troubles []time.Duration
	engine.Played
	since time.Time // when Played was so
	goal  prompt    // in which a time to go to is typed
}

// now is where the recording is: between two words of the player it goes on by itself.
func (t *tape) now(wall time.Time) time.Duration {
	at := t.At
	if t.Speed > 0 {
		if on := float64(wall.Sub(t.since)) * t.Speed; on > 0 {
			at += time.Duration(min(on, math.MaxInt64/4))
		}
	}
	return max(0, min(at, t.Length))
}

// ended tells whether the recording stands at its end.
func (t *tape) ended() bool { return t.Speed == 0 && !t.Behind && t.Chosen > 0 && t.At >= t.Length }

// beat is how long after each other the screen is drawn by itself. A recording that runs
// fast goes in small steps.
func (m *model) beat() time.Duration {
	if m.tape.on && m.tape.Speed > 1 {
		return time.Second / 4
	}
	return time.Second
}

// speedWord writes a speed: "4x", "0.5x".
func speedWord(speed float64) string {
	return strconv.FormatFloat(math.Round(speed*100)/100, 'f', -1, 64) + "x"
}

// motion says what the recording does.
func (m *model) motion() (string, style) {
	t, g := &m.tape, m.p.g
	switch {
	case m.over:
		return "closed", bold
	case t.Behind:
		return "seeking", warn
	case t.ended():
		return "ended", bold
	case t.Speed > 0:
		return g.plays + " " + speedWord(t.Speed), good
	case t.Chosen > 0 && t.Chosen != 1 && m.width >= medium:
		return g.halts + " paused, " + speedWord(t.Chosen), warn
	}
	return g.halts + " paused", warn
}

// reached is how far the recording is, of how much.
func (m *model) reached() string {
	return clock(m.tape.now(m.clock())) + " / " + clock(m.tape.Length)
}

// drawTape is the first line of the header: that this is a recording, what it does, and
// where it is. On wide screens the name of the file stands behind.
func (m *model) drawTape() {
	p, t := &m.p, &m.tape
	p.space(1)
	p.put(bold, "RECORDING")
	p.space(2)
	word, s := m.motion()
	p.put(s, word)
	longest := "x paused"
	if m.width >= medium {
		longest = "x paused, 1000x"
	}
	p.to(1 + len("RECORDING  ") + len(longest)) // the bar stays where it is when the word changes
	p.space(2)
	p.put(normal, m.reached())
	p.space(2)
	cut := ""
	if t.Cut != "" {
		cut = "cut off"
	}
	room := p.width - p.col - 3 - boolInt(cut != "")*(2+len(cut))
	name := ""
	if m.width >= wide && !m.private { // a file may be called after what it is about
		name = p.middle(t.name, room/2)
		room -= widthOf(name) + 2
	}
	if room >= 4 {
		m.drawScrubber(room)
	}
	if cut != "" {
		p.space(2)
		p.put(warn, cut)
	}
	if name != "" {
		p.space(2)
		p.put(faint, name)
	}
	p.end()
}

// drawScrubber is a bar of w cells between its ends: how much has been played, and where
// something goes wrong. What has been played is reversed there.
func (m *model) drawScrubber(w int) {
	p, t := &m.p, &m.tape
	at := func(d time.Duration, cells int) int {
		if t.Length <= 0 {
			return 0
		}
		return max(0, min(int(float64(d)/float64(t.Length)*float64(cells)), cells))
	}
	played := at(t.now(m.clock()), w)
	p.put(faint, p.g.left)
	col := 0
	fill := func(to int) {
		if n := min(to, played) - col; n > 0 {
			p.repeat(busy, p.g.full, n)
			col += n
		}
		p.repeat(normal, p.g.empty, to-col)
		col = max(col, to)
	}
	for _, d := range t.troubles {
		i := min(at(d, w), w-1)
		if i < col {
			continue // in the cell of the one before
		}
		fill(i)
		s := warn
		if i < played {
			s = selected
		}
		p.put(s, p.g.state[engine.Stalled])
		col++
	}
	fill(w)
	p.put(faint, p.g.right)
}

// cutBanner says that the recording is not whole.
func (m *model) cutBanner() (banner, bool) {
	if !m.tape.on || m.tape.Cut == "" {
		return banner{}, false
	}
	return banner{warn, []string{"the recording is cut off: " + m.tape.Cut, "cut off: " + m.tape.Cut}, ""}, true
}

// replayHint says what is left to do at the end of a recording.
const replayHint = "p plays it again, q leaves"

// answerOnTape puts what came of a command into words. What the first line of the screen
// says anyway is not said again.
func (m *model) answerOnTape(d *engine.CommandDone) string {
	switch d.Command.(type) {
	case engine.ReadRole:
		return "" // the role's page says it
	case engine.Kept:
		return "" // nobody has asked for it
	}
	if d.Err != "" {
		return d.Err
	}
	m.news.reply = "" // it is out of date
	return ""
}

// byTape says in a recording of what has happened what is to be said of the end.
func (m *model) byTape(e *entry) string {
	switch {
	case !m.tape.ended():
		if e.word == wordDone {
			return "all had been looked at"
		}
		return m.detailOf(e)
	case e.word == wordDone:
		return "the recording has ended: " + replayHint
	}
	return fmt.Sprintf("%s; %s", m.detailOf(e), replayHint)
}
