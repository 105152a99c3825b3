package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// answerStays is how long the answer to a command stands before news replace it.
const answerStays = 3 * time.Second

// note is a line of news.
type note struct {
	at     time.Duration
	word   string
	text   string
	style  style
	weight int // of several in one batch, the heaviest is shown
}

// news is what the status line says: the last notable thing, or the answer to the
// last command if that is newer or fresh.
type news struct {
	last    note
	lastAt  time.Time
	best    note // of the batch that is being folded
	reply   string
	replyAt time.Time
	crawled map[engine.ItemID]int // attempts that were called slow
}

func (n *news) begin() { n.best = note{} }

func (n *news) say(x note) {
	if x.weight >= n.best.weight {
		n.best = x
	}
}

func (n *news) end(now time.Time) {
	if n.best.weight > 0 {
		n.last, n.lastAt = n.best, now
	}
}

func (n *news) answer(text string, now time.Time) {
	if text != "" {
		n.reply, n.replyAt = text, now
	}
}

// answering tells whether the answer to a command is to be shown.
func (n *news) answering(now time.Time) bool {
	return n.reply != "" && (now.Sub(n.replyAt) < answerStays || !n.lastAt.After(n.replyAt))
}

func (n *news) item(at time.Duration, it *engine.Item) {
	text := it.Reason
	if it.Problem != nil {
		text = it.Problem.Text
	}
	line := nameOf(it) + ": " + text
	switch it.State {
	case engine.Failed:
		n.say(note{at, "FAIL", line, bad, 3})
	case engine.Untrusted:
		n.say(note{at, "UNTRUSTED", line, odd, 3})
	case engine.Stalled:
		n.say(note{at, "STALL", line, warn, 2})
	}
}

// slow is said once for an attempt.
func (n *news) slow(at time.Duration, it *engine.Item) {
	if n.crawled[it.ID] == it.Attempt {
		return
	}
	if n.crawled == nil {
		n.crawled = map[engine.ItemID]int{}
	}
	n.crawled[it.ID] = it.Attempt
	text, takes := pace(it)
	if takes != "" {
		text += ", would take " + takes
	}
	n.say(note{at, "SLOW", nameOf(it) + ": " + text, warn, 2})
}

// breaker says that the queue of a host is held, or flows again.
func (n *news) breaker(at time.Duration, b *engine.BreakerChanged) {
	switch b.State {
	case engine.Held:
		n.say(note{at, "HELD", fmt.Sprintf("%s: %s, %s", b.Host, many(b.Queued, "file")+" held back", b.Why), warn, 4})
	case engine.GivenUp:
		n.say(note{at, "GIVEN UP", b.Host + ": " + b.Why, bad, 4})
	default:
		n.say(note{at, "FLOWS", b.Host + ": it answers again, and its files go on", bold, 4})
	}
}

func (n *news) role(at time.Duration, r *trust.Role) {
	word := roleTrouble(r)
	if word == "" {
		return
	}
	text := fmt.Sprintf("%s v%d %s", r.Name, r.Version, word)
	if r.Version == 0 {
		text = r.Name + " " + word
	}
	if r.Problem != "" {
		text += ": " + r.Problem
	}
	n.say(note{at, "ROLE", text, roleStyle(r), 3})
}

// answerTo puts what came of a command into words.
func answerTo(d engine.CommandDone) string {
	var done, nothing string
	switch c := d.Command.(type) {
	case engine.Cancel, engine.CancelAll:
		done, nothing = "cancelled", "nothing to cancel"
	case engine.Retry, engine.RetryFailed:
		done, nothing = "retrying", "nothing to retry"
	case engine.Pause:
		done = "paused: nothing new starts, what is under way goes on"
	case engine.Resume:
		done = "goes on"
	case engine.SetWorkers:
		done = count(c.N, "worker")
	case engine.SetStallAfter:
		done = "a file is stalled after " + exact(c.D) + " without a byte"
	case engine.Prioritise:
		done, nothing = "first in the queue", "not moved"
	case engine.Probe:
		done = "asking the network, for at most 25s"
	case engine.ClockJumped:
		done = "back after " + age(c.D) + ": that time does not count as silence"
	case engine.Stop:
		done = "stopping"
	default:
		return d.Err
	}
	_, one := d.Command.(engine.Prioritise)
	switch {
	case d.Err != "":
		return "not done: " + d.Err
	case one && d.Accepted == 1:
		return done
	case nothing == "":
		return done
	case d.Accepted == 0 && d.Reason == "":
		return nothing
	case d.Accepted == 0:
		return nothing + ": " + d.Reason
	case d.Skipped > 0:
		return fmt.Sprintf("%s %d, not %d: %s", done, d.Accepted, d.Skipped, d.Reason)
	}
	return fmt.Sprintf("%s %d", done, d.Accepted)
}
