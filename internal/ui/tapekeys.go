package ui

import (
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
)

// What a person does with a recording.

const (
	// seekStep is how far the arrow keys go, and seekLeap how far - and + do.
	seekStep = 5 * time.Second
	seekLeap = 10 * time.Second
	// The limits of the speed are those of the player.
	slowest, fastest = 0.1, 1000.0
)

// onTape carries out what is for recordings alone, and refuses what is for runs alone. It
// gives false for all the rest.
func (m *model) onTape(a action) bool {
	switch a {
	case actPlay:
		m.play()
	case actStepOn, actStepBack:
		m.send(engine.Step{Back: a == actStepBack})
	case actTroubleOn, actTroubleBack:
		m.send(engine.Step{Back: a == actTroubleBack, Trouble: true})
	case actSeekOn:
		m.seekBy(seekLeap)
	case actSeekBack:
		m.seekBy(-seekLeap)
	case actFaster:
		m.speedUp(2)
	case actSlower:
		m.speedUp(0.5)
	case actBeginning:
		m.seek(0)
	case actEnding:
		m.seek(m.tape.Length)
	case actGoTo:
		m.typeTime()
	case actGoToEntry:
		if m.at == viewLog {
			m.toEntry()
		}
	case actLeft, actRight:
		if m.at == viewWaterfall {
			return false
		}
		by := seekStep
		if a == actLeft {
			by = -by
		}
		m.seekBy(by)
	default:
		return m.refuses(a)
	}
	return true
}

// refuses says why a key of a run does nothing here, and tells whether it is one.
func (m *model) refuses(a action) bool {
	for _, b := range table() {
		if b.act != a || b.of != aRun {
			continue
		}
		if m.bound(a) {
			return false
		}
		text := "what was done is done"
		switch a {
		case actFreeze:
			text = "p pauses it"
		case actMarkAll, actMarkNone:
			text = "there is nothing to be done to marked rows"
		}
		m.news.answer("this is a recording: "+text, m.clock())
		return true
	}
	return false
}

// bound tells whether an action has a line in the key table of what is shown.
func (m *model) bound(a action) bool {
	for i := range m.bindings {
		if m.bindings[i].act == a {
			return true
		}
	}
	return false
}

// play pauses the recording, or lets it go on.
func (m *model) play() {
	if m.tape.Speed > 0 {
		m.send(engine.Pause{})
	} else {
		m.send(engine.Resume{})
	}
}

// seek goes to a time. Keys come faster than answers: what has been asked for and is not
// under way yet is out of date.
func (m *model) seek(to time.Duration) {
	to = max(0, min(to, m.tape.Length))
	if n := len(m.commands); n > 0 {
		if _, ok := m.commands[n-1].(engine.Seek); ok {
			m.commands[n-1] = engine.Seek{To: to}
			m.aim = &to
			return
		}
	}
	m.send(engine.Seek{To: to})
	if !m.over {
		m.aim = &to
	}
}

// arrived takes over that the player has obeyed.
func (m *model) arrived(c engine.Command) {
	switch c := c.(type) {
	case engine.Seek:
		if m.aim != nil && *m.aim == c.To {
			m.aim = nil
		}
	case engine.SetSpeed:
		if c.To == m.pace {
			m.pace = 0
		}
	}
}

// seekBy goes on or back from where the recording is, or is going to be.
func (m *model) seekBy(by time.Duration) {
	from := m.tape.now(m.clock())
	if m.aim != nil {
		from = *m.aim
	}
	m.seek(from + by)
}

// speedUp changes the speed by a factor.
func (m *model) speedUp(by float64) {
	speed := m.tape.Chosen
	if m.pace > 0 {
		speed = m.pace
	}
	if !(speed > 0) {
		speed = 1
	}
	to := max(slowest, min(speed*by, fastest))
	if to == speed {
		m.news.answer("the speed is "+speedWord(to)+" already, and goes no further", m.clock())
		return
	}
	m.send(engine.SetSpeed{To: to})
	if !m.over {
		m.pace = to
	}
}

// toEntry goes to the moment of the entry under the cursor of the log.
func (m *model) toEntry() {
	v, ok := m.views[viewLog].(*logView)
	if !ok {
		return
	}
	v.refresh(m)
	v.stay(m)
	if e := v.current(m); e != nil {
		v.held, v.on = true, e.seq
		m.send(engine.Pause{})
		m.seek(e.at)
	}
}

// typeTime asks for a time to go to.
func (m *model) typeTime() {
	t := &m.tape.goal
	if t.changed == nil {
		*t = prompt{
			lead: "go to ", help: "1:23, 83s, +1m, -10s or 50%", undo: "stay here",
			changed: func(string) {},
			found: func() string {
				if to, ok := m.timeIn(t.String()); ok {
					return clock(to)
				}
				return "no time"
			},
			accepted: func(text string) {
				if to, ok := m.timeIn(text); ok {
					m.seek(to)
				} else if strings.TrimSpace(text) != "" {
					m.news.answer("that is no time: 1:23, 83s, +1m, -10s and 50% are", m.clock())
				}
			},
		}
	}
	t.set("")
	m.typing = t
}

// timeIn reads a time of the recording: since its start, from here with a sign, or as a
// part of the whole.
func (m *model) timeIn(text string) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	bound := func(d time.Duration) time.Duration { return max(0, min(d, m.tape.Length)) }
	if part, ok := strings.CutSuffix(text, "%"); ok {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil || !(f >= 0 && f <= 100) {
			return 0, false
		}
		return bound(time.Duration(f / 100 * float64(m.tape.Length))), true
	}
	rest, on := strings.CutPrefix(text, "+")
	rest, back := strings.CutPrefix(rest, "-")
	d, ok := parseMoment(rest)
	switch here := m.tape.now(m.clock()); {
	case !ok || on && back:
		return 0, false
	case on:
		d += here
	case back:
		d = here - d
	}
	return bound(d), true
}

// momentMost is the longest time that can be typed.
const momentMost = 10 * 365 * 24 * time.Hour

// parseMoment reads "1:02:03", "1:23.4", "83s", "1m23s" and, in seconds, "83".
func parseMoment(text string) (time.Duration, bool) {
	if text == "" || strings.ContainsAny(text, "+-eExXpPnN_iI") {
		return 0, false
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d, d <= momentMost
	}
	parts := strings.Split(text, ":")
	if len(parts) > 3 {
		return 0, false
	}
	sum := 0.0
	for i, part := range parts {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil || i > 0 && f >= 60 || i < len(parts)-1 && strings.Contains(part, ".") {
			return 0, false
		}
		sum = sum*60 + f
	}
	if !(sum <= momentMost.Seconds()) {
		return 0, false
	}
	return time.Duration(sum * float64(time.Second)), true
}
