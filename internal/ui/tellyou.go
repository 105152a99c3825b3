package ui

import (
	"strconv"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// tellCommand says what a person has asked for and what came of it, in one entry. It
// is told when the engine has answered, in the order in which that was done.
func (m *model) tellCommand(at time.Duration, d *engine.CommandDone) {
	if _, ok := d.Command.(engine.ReadRole); ok {
		return // nothing of the run has changed by that
	}
	e := happened(at, wordYou)
	if d.Past {
		e = happened(at, wordOther)
	}
	subject, text := "", answerTo(*d)
	done := d.Err == "" && d.Accepted > 0
	switch c := d.Command.(type) {
	case engine.Cancel:
		e, subject = e.chosen(c.Items)
		switch {
		case done && len(c.Items) == 1:
			m.log.takeBack(wordCancel, c.Items[0])
			text = "cancelled by x"
		case done:
			m.log.takeBackAll(wordCancel, d.Accepted, at)
			if d.Skipped == 0 {
				text = "cancelled"
			}
		}
	case engine.CancelAll:
		subject = "all files"
		if done {
			m.log.takeBackAll(wordCancel, d.Accepted, at)
		}
	case engine.Retry:
		e, subject = e.chosen(c.Items)
		if done && len(c.Items) == 1 {
			text = "retried by r"
		}
		if done && c.NoCache {
			text += ", past caches"
		}
	case engine.RetryFailed:
		subject = "all that has failed or was not checked"
		if len(c.Kinds) > 0 {
			subject = "all with a kind of problem"
		}
	case engine.Prioritise:
		e, subject = e.chosen(c.Items)
	case engine.Probe:
		e = e.about(c.Item)
	case engine.Pause, engine.Resume:
		subject = "the queue"
	case engine.SetWorkers:
		subject = "workers"
		if before := m.log.workers; d.Err == "" {
			m.log.workers = c.N
			text = "from " + workersWord(before) + " to " + workersWord(c.N)
		}
	case engine.SetStallAfter:
		subject = "stall limit"
		if before := m.log.limit; d.Err == "" {
			m.log.limit = c.D
			text = "from " + measure.Tenths(before) + " to " + measure.Tenths(c.D)
		}
	case engine.ClockJumped:
		subject = "this program"
	case engine.Stop:
		subject = "the run"
	}
	m.tell(e.says(subject, text))
}

// workersWord is the number of workers of a command, of which 0 is none.
func workersWord(n int) string {
	if n == 0 {
		return "auto"
	}
	return strconv.Itoa(n)
}

// chosen says which items a command was meant for: the one, or how many.
func (e entry) chosen(ids []engine.ItemID) (entry, string) {
	if len(ids) == 1 {
		return e.about(ids[0]), ""
	}
	return e, measure.Count(len(ids), "marked file")
}
