package ui

import (
	"strings"

	"example.com/tufinspect/internal/fetch"
)

// certainties say how sure a diagnosis is.
var certainties = [...]string{fetch.Guess: "a guess from the phase", fetch.Likely: "likely", fetch.Certain: "certain"}

// roomy is how many rows a detail needs for each piece of evidence to get a line of
// its own.
const roomy = 20

// diagnosis is why the item is silent or slow, what speaks for it, and how to see it
// from a shell. It stays when the item has failed by it.
func (d *detail) diagnosis() {
	c := diagnosis(d.it)
	if c == nil {
		return
	}
	sure := certainties[min(int(c.Certainty), len(certainties)-1)]
	d.wrapped("diagnosis", bold, c.Label+" ("+sure+")", 2)
	evidence := c.Evidence
	if d.rows < roomy || d.m.st.Probes[d.it.ID] != nil {
		evidence = []string{strings.Join(evidence, "; ")}
	}
	for _, e := range evidence {
		d.wrapped("", normal, e, 3)
	}
	d.commands(c.Commands)
}

// commands are written so that they can be copied off the screen as they stand: what
// does not fit in a line goes on in the next, as a shell has it.
func (d *detail) commands(lines []string) {
	p := &d.m.p
	label := "by hand"
	for _, line := range lines {
		line = p.private(line) // before it is broken in the middle of a name
		for _, part := range shellLines(line, d.m.width-2-d.label, d.m.width-2) {
			if !d.room() {
				continue
			}
			switch part.from {
			case edge:
			case margin:
				p.space(2)
			default:
				p.space(2)
				p.cell(faint, label, d.label)
				label = ""
			}
			p.put(normal, part.text)
			p.end()
		}
	}
}

// shellLine is a line of a command.
type shellLine struct {
	text string
	from place
}

// place is where a line begins.
type place uint8

const (
	column place = iota // behind the label
	margin              // where labels begin: a word that is too long for the column
	edge                // at the screen's edge: one that is too long for that too, or the rest of it
)

// shellLines breaks a command between words, with a backslash at the end of all lines
// but the last, to lines of w cells, or of whole cells where they begin further to the
// left, or one more at the screen's edge. A word that is longer than that is broken too,
// behind a slash if there is one, unless there is something quoted in it: then the
// screen's edge cuts it. What goes on in the middle of a word begins at the screen's edge,
// because to a shell blanks before it would end the word.
func shellLines(command string, w, whole int) []shellLine {
	const more = ` \`
	var lines []shellLine
	line := shellLine{}
	room := func() int {
		switch line.from {
		case column:
			return w
		case margin:
			return whole
		}
		return whole + 1
	}
	words := pairs(shellWords(command), w-len(more))
	for i, word := range words {
		tail := len(more)
		if i+1 == len(words) {
			tail = 0
		}
		n := widthOf(word) + tail
		if line.text != "" && (widthOf(line.text)+1+n > room() || line.from != column) {
			line.text += more
			lines = append(lines, line)
			line = shellLine{}
		}
		if line.text != "" {
			line.text += " "
		} else if n > whole {
			line.from = edge
		} else if n > w {
			line.from = margin
		}
		for len(word)+tail > room()-widthOf(line.text) && len(word) == widthOf(word) && !strings.ContainsAny(word, `'"\ `) {
			n := min(room()-widthOf(line.text), len(word)) - 1
			if n < 8 {
				break
			}
			if slash := strings.LastIndexByte(word[:n], '/') + 1; slash > n/2 {
				n = slash
			}
			lines = append(lines, shellLine{line.text + word[:n] + `\`, line.from})
			word = word[n:]
			line = shellLine{from: edge}
		}
		line.text += word
	}
	return append(lines, line)
}

// shellWords splits a command at the blanks that are in no quotes.
func shellWords(command string) []string {
	var words []string
	quoted, start := false, 0
	for i := 0; i < len(command); i++ {
		switch command[i] {
		case '\'':
			quoted = !quoted
		case '\\':
			i++ // also an escaped quote
		case ' ':
			if !quoted {
				if i > start {
					words = append(words, command[start:i])
				}
				start = i + 1
			}
		}
	}
	if start < len(command) {
		words = append(words, command[start:])
	}
	return words
}

// pairs puts an option and the word behind it together, because they are read
// together, as far as both fit into a line.
func pairs(words []string, w int) []string {
	var out []string
	option := false
	for _, word := range words {
		if n := len(out) - 1; option && !strings.HasPrefix(word, "-") && widthOf(out[n])+1+widthOf(word) <= w {
			out[n] += " " + word
			option = false
			continue
		}
		out = append(out, word)
		option = strings.HasPrefix(word, "-")
	}
	return out
}
