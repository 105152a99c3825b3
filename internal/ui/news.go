package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// answerStays is how long the answer to a command stands before news replace it.
const answerStays = 3 * time.Second

// news is what the status line says: the last notable thing, or the answer to the
// last command if that is newer or fresh.
type news struct {
	last    entry
	lastAt  time.Time
	best    entry // of the batch that is being folded
	reply   string
	replyAt time.Time
	stays   time.Duration // how long the answer can be read before news replace it
	named   string        // the file in it that may be cut in the middle, or ""
}

func (n *news) begin() { n.best.word = wordNone }

// say is told what has happened. Of a batch the heaviest is shown.
func (n *news) say(e *entry) {
	if w := words[e.word].weight; w > 0 && w >= words[n.best.word].weight {
		n.best = *e
	}
}

func (n *news) end(now time.Time) {
	if n.best.word != wordNone {
		n.last, n.lastAt = n.best, now
	}
}

func (n *news) answer(text string, now time.Time) {
	if text != "" {
		n.reply, n.replyAt, n.stays, n.named = text, now, answerStays, ""
	}
}

// answerOn is answer for a text in which the name of a file stands.
func (n *news) answerOn(text, name string, now time.Time) {
	if text != "" {
		n.answer(text, now)
		n.named = name
	}
}

// drawReply writes the answer. Where it is too long the middle of the file's name goes.
func (m *model) drawReply() {
	p, n := &m.p, &m.news
	text := n.reply
	if over := widthOf(text) - (p.width - p.col - 1); over > 0 && n.named != "" {
		text = strings.Replace(text, n.named, p.middle(n.named, max(8, widthOf(n.named)-over)), 1)
	}
	p.put(bold, text)
}

// answerOf is answerTo with the file that the answer names, or "": what was done to one
// file says to which.
func (m *model) answerOf(d *engine.CommandDone) (text, name string) {
	var one []engine.ItemID
	switch c := d.Command.(type) {
	case engine.Cancel:
		one = c.Items
	case engine.Retry:
		one = c.Items
	}
	text = answerTo(*d)
	if len(one) != 1 || d.Accepted != 1 || d.Err != "" {
		return text, ""
	}
	it := m.st.Item(one[0])
	if it == nil {
		return text, ""
	}
	name = nameOf(it)
	return strings.TrimSuffix(text, "1") + name, name
}

// answering tells whether the answer to a command is to be shown.
func (n *news) answering(now time.Time) bool {
	return n.reply != "" && (now.Sub(n.replyAt) < n.stays || !n.lastAt.After(n.replyAt))
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
		done = "goes on: what waits is started again"
	case engine.SetWorkers:
		done = "as many workers as are worth it"
		if c.N > 0 {
			done = measure.Count(c.N, "worker")
		}
	case engine.SetStallAfter:
		done = "a file is stalled after " + measure.Tenths(c.D) + " without a byte"
	case engine.Prioritise:
		done, nothing = "first in the queue", "not moved"
		if d.Accepted == 0 && d.Skipped > 1 {
			return "not moved: none of the " + measure.Count(d.Skipped, "file") + " is queued"
		}
	case engine.Probe:
		done = "asking the network, for at most 25s"
	case engine.ClockJumped:
		done = "back after " + measure.Age(c.D) + ": that time does not count as silence"
	case engine.Stop:
		done = "stopping"
	case engine.ReadRole:
		return "" // the role's page says it
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
		return fmt.Sprintf("%s %s, not %s: %s", done, measure.Digits(d.Accepted), measure.Digits(d.Skipped), d.Reason)
	}
	return done + " " + measure.Digits(d.Accepted)
}
