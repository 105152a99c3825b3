package ui

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// detail draws everything known of one item into a number of rows. What matters
// most comes first, because the rest may not fit.
type detail struct {
	m     *model
	it    *engine.Item
	now   time.Duration
	label int // width of the labels
	rows  int // of it on screen
	end   int // row of the frame at which it has to end
	skip  int // lines at the top that are scrolled away
	lines int // all there are
	over  int // lines that did not fit
}

// drawDetail gives how many lines there are, the title left out.
func drawDetail(m *model, it *engine.Item, back, skip, rows int) int {
	p := &m.p
	d := &detail{m: m, it: it, now: m.now(), label: m.labelWidth(), rows: rows, end: p.rows + rows, skip: skip}
	from := ""
	if skip > 0 {
		from = fmt.Sprintf(" from line %d", skip+1)
	}
	p.put(faint, p.g.rule+" ")
	p.put(bold, p.middle(nameOf(it), m.width-6-widthOf(from)))
	p.put(faint, from)
	p.space(1)
	p.repeat(faint, p.g.rule, m.width-p.col-1)
	p.end()

	d.state()
	d.problem()
	d.story()
	d.probe()
	d.diagnosis()
	// Where it is silent matters more than who signed it.
	early := it.State == engine.Stalled || diagnosis(it) != nil || m.held(it)
	if early {
		d.attempts(back)
		d.host()
	}
	d.hint()
	if it.Kind == engine.Metadata {
		d.role()
	} else {
		d.signedBy()
	}
	d.wrapped("url", normal, it.URL(), 2)
	d.length()
	d.hashes()
	d.evidence()
	if !early {
		d.attempts(back)
		d.host()
	}
	if d.over > 0 {
		d.replaceLast()
	}
	p.fill(d.end)
	return d.lines
}

// room tells whether one more line fits; if not, the line is counted.
func (d *detail) room() bool {
	d.lines++
	if d.skip > 0 {
		d.skip--
		return false
	}
	if d.m.p.rows < d.end {
		return true
	}
	d.over++
	return false
}

// begin starts a line with a label.
func (d *detail) begin(label string) bool {
	if !d.room() {
		return false
	}
	p := &d.m.p
	p.space(2)
	p.cell(faint, label, d.label)
	return true
}

func (d *detail) text(label string, s style, text string) {
	if text != "" && d.begin(label) {
		d.m.p.put(s, text)
		d.m.p.end()
	}
}

// wrapped writes text on as many lines as it needs, at most limit.
func (d *detail) wrapped(label string, s style, text string, limit int) {
	w := d.m.width - d.label - 3
	for _, line := range d.m.p.wrap(text, w, limit) {
		d.text(label, s, line)
		label = ""
	}
}

// replaceLast takes the last line back and says there how much is missing.
func (d *detail) replaceLast() {
	p := &d.m.p
	p.buf = p.buf[:len(p.buf)-1]
	i := strings.LastIndexByte(string(p.buf), '\n')
	p.buf = p.buf[:i+1]
	p.rows--
	p.space(2)
	p.put(faint, fmt.Sprintf("%s %d more lines: pgdn shows them", p.g.ellipsis, d.over+1))
	p.end()
}

func (d *detail) state() {
	it := d.it
	p := &d.m.p
	if !d.begin("state") {
		return
	}
	word := faceOf(it).String()
	if crawls(it) {
		word = "slow"
	}
	p.put(styleOf[faceOf(it)], p.g.state[faceOf(it)]+" "+word)
	rest := ""
	switch it.State {
	case engine.Stalled:
		rest = fmt.Sprintf(" for %s: %s, attempt %d", measure.Age(d.m.silence(it, d.now)), it.Reason, it.Attempt)
		if t := d.m.st.Run.Limits.StallTimeout; t > 0 {
			rest += fmt.Sprintf("; given up after %s", measure.Age(t+d.m.st.Run.Limits.StallAfter))
		} else if !d.m.tape.on {
			rest += "; waits for you: x cancels, r tries again"
		}
	case engine.Retrying:
		rest = fmt.Sprintf(" in %s, after %s", measure.Age(max(0, it.Next-d.now)), measure.Count(it.Attempt, "attempt"))
	case engine.Queued:
		if it.Attempt > 0 {
			rest = " again"
		}
		if d.m.held(it) {
			if rest += ": its host is silent and held"; !d.m.tape.on {
				rest += "; r tries this file now"
			}
		}
	case engine.Connecting, engine.Waiting, engine.Transferring, engine.Verifying:
		rest = fmt.Sprintf(", attempt %d", it.Attempt)
		if r := d.m.reason(it, d.now); r != "" && !crawls(it) { // the diagnosis says it
			rest += ": " + r
		}
	default:
		if a := it.Current(); a != nil && a.Ended > 0 {
			took := ", "
			if it.Tries() > 1 {
				took = ", the last took "
			}
			rest = " after " + measure.Count(it.Tries(), "attempt") + took + measure.Lapse(a.Ended-a.Started)
		}
		if it.State == engine.Skipped && it.Reason != "" {
			rest += ": " + it.Reason
		}
	}
	p.put(normal, rest)
	p.end()
}

// problem is what is wrong with the file, and whether another try may mend it.
func (d *detail) problem() {
	it := d.it
	if it.Problem == nil || it.State == engine.Stalled { // whose first line says it
		return
	}
	text := it.Problem.Text
	switch {
	case it.State == engine.Cancelled, it.State == engine.Retrying:
	case it.Problem.Retry:
		text += "; retrying may help"
	default:
		text += "; a retry is no use"
	}
	d.wrapped("problem", styleOf[faceOf(it)], text, 3)
}

func (d *detail) hint() {
	if p := d.it.Problem; p != nil && p.Hint != "" {
		text := p.Hint
		if !d.m.tape.on && wrongBytes(d.it) && !strings.Contains(text, "r retries") {
			text += "; after that, r retries past caches"
		}
		d.wrapped("hint", normal, text, 2)
	}
}

func (d *detail) length() {
	it, p := d.it, &d.m.p
	if !d.begin("length") {
		return
	}
	got := measure.Digits(it.Done) + " got"
	switch {
	case it.Length < 0:
		p.put(normal, "not listed, "+got)
	default:
		p.put(normal, measure.Digits(it.Length)+" wanted, "+got)
		switch rest := it.Length - it.Done; {
		case !it.State.Ended() || it.Done == 0 && rest != 0: // nothing came that could be short
		case rest == 0:
			p.put(good, "  "+p.g.state[engine.Verified])
		case rest > 0:
			p.put(bad, fmt.Sprintf("  %s %s missing", p.g.state[engine.Failed], measure.Digits(rest)))
		default:
			p.put(bad, fmt.Sprintf("  %s %s too many", p.g.state[engine.Failed], measure.Digits(-rest)))
		}
	}
	p.end()
}

// hashes are the signed ones, and what was found instead. The engine puts that into
// the problem's evidence as "sha256 got".
func (d *detail) hashes() {
	it, p := d.it, &d.m.p
	for _, h := range it.Hashes {
		want := hex.EncodeToString(h.Sum)
		got := ""
		if it.Problem != nil {
			got = it.Problem.Evidence[h.Algorithm+" got"]
		}
		if it.State == engine.Verified || it.State == engine.Untrusted && got == "" {
			if d.begin(h.Algorithm) {
				p.put(normal, p.cut(want, p.width-p.col-4))
				p.put(good, "  "+p.g.state[engine.Verified])
				p.end()
			}
			continue
		}
		if got == "" {
			d.text(h.Algorithm, normal, want)
			continue
		}
		d.mismatch(h.Algorithm, want, got)
	}
}

// mismatch writes the signed hash and the one found below each other, whole where
// there is room for 64 digits.
func (d *detail) mismatch(algorithm, want, got string) {
	p := &d.m.p
	words := [2]string{"want ", "got  "}
	labels := [2]string{algorithm, ""}
	verdict := "  " + p.g.state[engine.Failed] + " differs"
	room := p.width - 2 - d.label - len(words[0]) - widthOf(verdict)
	if room < len(want) {
		words, labels = [2]string{}, [2]string{algorithm, "got"}
		verdict = " " + p.g.state[engine.Failed]
		room = p.width - 2 - d.label - widthOf(verdict)
	}
	for i, sum := range [...]string{want, got} {
		if !d.begin(labels[i]) {
			continue
		}
		p.put(faint, words[i])
		p.put(normal, p.cut(sum, room))
		if i == 1 && got != want {
			p.put(bad, verdict)
		}
		p.end()
	}
}

// evidence is what else the problem brought along.
func (d *detail) evidence() {
	if d.it.Problem == nil {
		return
	}
	shown := map[string]bool{"status": true, "phase": true, "length want": true}
	for _, h := range d.it.Hashes {
		shown[h.Algorithm+" want"], shown[h.Algorithm+" got"] = true, true
	}
	for _, k := range slices.Sorted(maps.Keys(d.it.Problem.Evidence)) {
		if !shown[k] {
			d.text("evidence", normal, k+": "+d.it.Problem.Evidence[k])
		}
	}
}
