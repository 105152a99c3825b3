package ui

import (
	"fmt"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// drawHeader is what is known of the run as a whole. On low screens it shrinks to
// two lines.
func (m *model) drawHeader() {
	low := m.height < tallHeader
	if m.tape.on {
		m.drawTape()
	}
	if !low || m.st.Settled {
		m.drawTitle()
	}
	if !low {
		m.drawTrust()
	}
	if !low || !m.st.Settled {
		m.drawProgress()
	}
	m.drawCounters(low)
	m.drawBanners(low)
}

// drawTitle: what is looked at, how far it is, and in the end the verdict.
func (m *model) drawTitle() {
	p, st := &m.p, m.st
	address := st.Run.MetadataURL
	if address == "" {
		address = st.Run.Repository
	}
	if m.width < wide {
		address = strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	}
	p.space(1)
	p.put(bold, m.title)
	p.space(2)
	if ice := m.frozenFor(); ice != "" {
		p.put(warn, ice)
		p.space(2)
	}
	if st.Settled {
		took := "took " + clock(m.st.Took())
		room := p.width - p.col - widthOf(took) - 4
		words := m.tally.words(st, max(room-12, room/2))
		address = p.middle(address, room-widthOf(words)-2)
		p.put(normal, address)
		p.to(p.width - widthOf(words) - widthOf(took) - 4)
		p.put(verdictStyles[m.tally.verdict], words)
		p.space(2)
		p.put(faint, took)
		p.end()
		return
	}
	word, s := m.stage()
	right := word
	q, times := &st.Queue, "  "+clock(m.now())
	if m.width >= wide {
		right += fmt.Sprintf("  %d of %s", q.Active, measure.Workers(q.Workers, q.Auto))
		times += " elapsed"
	}
	if left := m.tally.left(st); left > 0 {
		times += "  ~" + clock(left) + " left"
	}
	if m.width < wide && q.Auto { // else it is the number that was asked for
		short := fmt.Sprintf("  %d/%d auto", q.Active, q.Workers)
		if p.col+widthOf(address)+3+widthOf(right+short+times) > p.width {
			short = fmt.Sprintf("  auto %d", q.Workers)
		}
		right += short
	}
	right += times
	p.put(normal, p.middle(address, p.width-p.col-widthOf(right)-3))
	p.to(p.width - widthOf(right) - 1)
	p.put(s, word)
	p.put(faint, strings.TrimPrefix(right, word))
	p.end()
}

// stage is the run's state in a word.
func (m *model) stage() (string, style) {
	st := m.st
	switch {
	case m.over:
		return "ended", bold
	case !m.located:
		return "locating", busy
	case st.Queue.Paused && m.tape.on: // and not the recording of it
		return "run paused", warn
	case st.Queue.Paused:
		return "paused", warn
	}
	return "running", busy
}

// drawProgress: how much is done and how fast it goes.
func (m *model) drawProgress() {
	p, st := &m.p, m.st
	tt := &st.Targets
	done := m.tally.progress(st)
	big := m.width >= wide
	percent := fmt.Sprintf("%3d%%", int(done*100))
	if big {
		percent = fmt.Sprintf("%5.1f%%", float64(int(done*1000))/10)
	}
	files, bytes := fmt.Sprintf("%d/%d", tt.Ended(), tt.Total), ""
	switch {
	case tt.Total == 0:
		files = fmt.Sprintf("%d/%d metadata files", m.tally.metadataEnded(), st.Metadata)
	case big:
		files += " targets"
		bytes = measure.Part(tt.Done, tt.Bytes, " of ")
	case m.width >= medium:
		bytes = measure.Part(tt.Done, tt.Bytes, "/")
	}
	speed := measure.Rate(st.Queue.Rate)
	if m.still() {
		speed = ""
	}
	bar := m.width * 3 / 10
	p.space(1)
	p.bar(good, done, bar)
	p.put(bold, " "+percent)
	p.space(2)
	if big {
		p.space(1)
		p.put(normal, fmt.Sprintf("%*s", len(files), files))
		p.space(3)
	} else {
		p.put(normal, files)
		p.space(2)
	}
	p.put(normal, bytes)
	p.space(1)
	speedAt := p.width - 1 - max(widthOf(speed), 10)
	if n := min(speedAt-p.col-1, p.width/5); n >= 6 && len(m.tally.rates.v) > 1 {
		p.to(speedAt - 1 - n)
		p.put(busy, m.tally.rates.spark(n, p.g.spark))
	}
	if p.col < speedAt {
		p.to(speedAt)
		p.right(normal, speed, p.width-1-speedAt)
	}
	p.end()
}

// drawCounters: the files by state, problems first.
func (m *model) drawCounters(low bool) {
	p := &m.p
	type counter struct {
		glyph, word string
		n           int
		s           style
	}
	var all []counter
	for _, s := range counterFaces {
		n := m.counter(s)
		c := counter{p.g.state[s], s.String(), n, styleOf[s]}
		switch {
		case s == face(engine.Transferring):
			c.word = "active"
		case n == 0 && (s == face(engine.Untrusted) || s == faceUnchecked || s == face(engine.Skipped) || s == face(engine.Cancelled) && m.width < wide):
			continue
		}
		if n == 0 {
			c.s = faint
		}
		all = append(all, c)
	}
	// On low screens this line also says what the others would.
	badge, badgeStyle := "", normal
	if low {
		badge, badgeStyle = m.trustBadge()
		if ice := m.frozenFor(); ice != "" && !m.st.Settled { // else the title says it
			badge, badgeStyle = ice, warn
		}
		if badge == "" && !m.st.Settled {
			badge, badgeStyle = m.stage()
			badge += " " + clock(m.now())
		}
	}
	// From the roomiest form that fits to the tightest.
	forms := []struct {
		words bool
		gap   int // between counters
		blank string
	}{{true, 3, " "}, {true, 2, " "}, {true, 1, ""}, {false, 1, ""}}
	if m.width < wide {
		forms = forms[2:]
	}
	text := func(c counter, words bool, blank string) string {
		s := c.glyph + blank + fmt.Sprint(c.n)
		if words {
			word := c.word
			switch {
			case blank != "":
			case word == "verified":
				word = "ok"
			case word == faceUnchecked.String():
				word = uncheckedWord
			}
			s += " " + word
		}
		return s
	}
	f := forms[len(forms)-1]
	for _, try := range forms {
		n := 1
		for _, c := range all {
			n += widthOf(text(c, try.words, try.blank)) + try.gap
		}
		if badge != "" {
			n += 2 + widthOf(badge)
		}
		if n-try.gap < m.width {
			f = try
			break
		}
	}
	p.space(1)
	for i, c := range all {
		if i > 0 {
			p.space(f.gap)
		}
		p.put(c.s, text(c, f.words, f.blank))
	}
	if badge != "" {
		p.to(max(p.col+2, p.width-1-widthOf(badge)))
		p.put(badgeStyle, badge)
	}
	p.end()
}
