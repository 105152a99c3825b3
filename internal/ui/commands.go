package ui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/engine"
)

// The screen's messages and commands: what Bubble Tea tells it, and has done for it.

// The messages of this program.
type (
	fedMsg     struct{}
	tickMsg    struct{}
	sentMsg    struct{}
	wakeMsg    struct{}
	repaintMsg struct{}
	resumeMsg  struct {
		away time.Duration
		ok   bool
		err  error // of taking the terminal again
	}
	ranMsg struct {
		errand errand
		how    string
		err    error
	}
	sortedMsg struct {
		sorting *sorting
		order   []int32
	}
)

// later makes a command of something that waits. It has to end soon after stop is
// closed. Bubble Tea may throw commands away at its end, so that it counts only once
// it runs.
func (s *screen) later(wait func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		s.mu.Lock()
		if s.ended {
			s.mu.Unlock()
			return nil
		}
		s.waiting.Add(1)
		s.mu.Unlock()
		defer s.waiting.Done()
		defer s.guard()
		return wait()
	}
}

// Init is part of tea.Model.
func (s *screen) Init() tea.Cmd {
	cmds := []tea.Cmd{s.listen()}
	if s.dropped != nil {
		cmds = append(cmds, s.watch())
	}
	if s.size.Width > 0 {
		cmds = append(cmds, func() tea.Msg { return s.size })
	}
	return tea.Batch(cmds...)
}

// Update is part of tea.Model.
func (s *screen) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	model = s // also after a panic
	defer s.guard()
	s.part.Busy()
	defer s.part.Idle(time.Time{})
	m := s.m
	var next []tea.Cmd
	switch msg.(type) {
	case tea.KeyMsg, tea.MouseMsg:
		if m.waits() {
			s.held = append(s.held, msg)
			return model, nil
		}
		s.release()
	}
	switch msg := msg.(type) {
	case fedMsg:
		if len(s.rest) == 0 {
			s.take()
		}
		switch more := s.foldSome(); {
		case more:
			next = append(next, func() tea.Msg { return fedMsg{} })
		case s.over:
			m.closed()
		default:
			next = append(next, s.listen())
		}
	case tea.KeyMsg, tea.MouseMsg:
		s.press(msg)
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tickMsg:
		s.ticking = false
		m.tick()
	case wakeMsg:
		s.waking = false
	case sentMsg:
		s.sending = false
	case repaintMsg:
		// The same size again makes the renderer forget what it has drawn.
		size := tea.WindowSizeMsg{Width: m.width, Height: m.height}
		next = append(next, s.watch(), func() tea.Msg { return size })
	case sortedMsg:
		m.sorted(msg.sorting, msg.order)
	case ranMsg:
		s.running = false
		m.ran(msg.errand, msg.how, msg.err)
	case resumeMsg:
		s.mouse = false // giving the terminal back has let go of it
		if s.lost = msg.err; s.lost != nil {
			s.abort()
		}
		m.resumed(msg.away, msg.ok)
	}
	if !m.waits() {
		s.release()
	}
	return model, tea.Batch(append(next, s.wanted()...)...)
}

// press carries out a key or a click.
func (s *screen) press(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		s.keys.translate(msg, s.m.mode, s.m.do)
	case tea.MouseMsg:
		if in, ok := mouseInput(msg); ok && s.m.mouse {
			s.m.do(in)
		}
	}
}

// release carries out what was held, in its order.
func (s *screen) release() {
	held := s.held
	s.held = nil
	for _, msg := range held {
		s.press(msg)
	}
}

// wake comes when what was drawn last is to stay no longer, also if nothing else does.
func (s *screen) wake() tea.Cmd {
	return s.later(func() tea.Msg {
		t := time.NewTimer(betweenMost)
		defer t.Stop()
		select {
		case <-t.C:
			return wakeMsg{}
		case <-s.stop:
			return nil
		}
	})
}

// wanted turns what the model wants done into commands.
func (s *screen) wanted() []tea.Cmd {
	m := s.m
	if m.leave {
		s.quitting = true
		return []tea.Cmd{tea.Quit}
	}
	var cmds []tea.Cmd
	s.pending = append(s.pending, m.commands...)
	m.commands = nil
	if len(s.pending) > 0 && !s.sending {
		s.sending = true
		cmds = append(cmds, s.send(s.pending))
		s.pending = nil
	}
	cmds = append(cmds, s.errands()...)
	if m.redraw {
		m.redraw = false
		cmds = append(cmds, tea.ClearScreen)
	}
	if m.mouse != s.mouse {
		s.mouse = m.mouse
		if s.mouse {
			cmds = append(cmds, tea.EnableMouseCellMotion)
		} else {
			cmds = append(cmds, tea.DisableMouse)
		}
	}
	if m.ticking() && !s.ticking {
		s.ticking = true
		cmds = append(cmds, s.tick())
	}
	if m.waits() && !s.waking {
		s.waking = true
		cmds = append(cmds, s.wake())
	}
	if m.suspend {
		m.suspend = false
		cmds = append(cmds, s.suspend())
	}
	return cmds
}

// View is part of tea.Model.
func (s *screen) View() (frame string) {
	defer s.guard()
	s.part.Busy()
	defer s.part.Idle(time.Time{})
	return s.m.draw()
}

// listen waits for updates. One is outstanding at a time.
func (s *screen) listen() tea.Cmd {
	return s.later(func() tea.Msg {
		if s.feed.wait() {
			return fedMsg{}
		}
		return nil
	})
}

// send hands commands over in their order. It is not waited for at the end.
func (s *screen) send(commands []engine.Command) tea.Cmd {
	return func() tea.Msg {
		defer s.guard()
		for _, c := range commands {
			if !s.session.Send(c) {
				break
			}
		}
		return sentMsg{}
	}
}

// errands starts what is to be done beside. Copying and saving take their turns, so that
// a key that is held down starts no crowd of them, and of what waits only the latest of
// each counts.
func (s *screen) errands() []tea.Cmd {
	var cmds []tea.Cmd
	for _, e := range s.m.errands {
		if e.sort != nil {
			cmds = append(cmds, s.errand(e))
			continue
		}
		s.waits = slices.DeleteFunc(s.waits, func(w errand) bool { return w.save == e.save })
		s.waits = append(s.waits, e)
	}
	s.m.errands = nil
	if len(s.waits) > 0 && !s.running {
		s.running = true
		cmds = append(cmds, s.errand(s.waits[0]))
		s.waits = s.waits[1:]
	}
	return cmds
}

// errand copies, saves or sorts. None is waited for at the end.
func (s *screen) errand(e errand) tea.Cmd {
	do := func() (string, error) { return "", errNoReport }
	switch {
	case e.sort != nil:
		return func() tea.Msg {
			defer s.guard()
			return sortedMsg{e.sort, e.sort.run()}
		}
	case e.save && s.save != nil:
		do = s.save(s.m.st) // what it needs of the state is taken now
	case !e.save:
		do = func() (string, error) { return s.clip(e.copy) }
	}
	return func() tea.Msg {
		defer s.guard()
		how, err := do()
		return ranMsg{e, how, err}
	}
}

func (s *screen) tick() tea.Cmd {
	beat := s.m.beat()
	return s.later(func() tea.Msg {
		t := time.NewTimer(beat)
		defer t.Stop()
		select {
		case <-t.C:
			return tickMsg{}
		case <-s.stop:
			return nil
		}
	})
}

func (s *screen) watch() tea.Cmd {
	return s.later(func() tea.Msg {
		select {
		case <-s.dropped:
			return repaintMsg{}
		case <-s.stop:
			return nil
		}
	})
}
