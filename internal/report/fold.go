package report

import (
	"strings"

	"github.com/rivo/uniseg"
)

const (
	// hang is where text stands that goes on or explains the line above it.
	hang = 14
	// narrowest is the width from which on lines are fitted: below, the terminal's own
	// wrapping is no worse.
	narrowest = 40
	// reasonLines is how many lines of the width one reason may fill; it may quote
	// names from the repository, of any length.
	reasonLines = 4
)

// Fold breaks a line at its spaces so that it fits into so many columns, what goes on
// indented. A word that is too long stays whole, so that it can be copied: the
// terminal wraps it.
func Fold(line string, width, indent int) string {
	if width < narrowest || uniseg.StringWidth(line) <= width {
		return line
	}
	start := len(line) - len(strings.TrimLeft(line, " "))
	var b strings.Builder
	b.WriteString(line[:start])
	col, spaces := start, ""
	for i, rest := 0, line[start:]; rest != ""; i++ {
		word, more, _ := strings.Cut(rest, " ")
		w := uniseg.StringWidth(word)
		switch {
		case i > 0 && col+len(spaces)+w > width && col > indent:
			b.WriteString("\n" + strings.Repeat(" ", indent) + word)
			col = indent + w
		default:
			b.WriteString(spaces + word)
			col += len(spaces) + w
		}
		spaces = " "
		for strings.HasPrefix(more, " ") { // columns are kept
			spaces, more = spaces+" ", more[1:]
		}
		rest = more
	}
	return b.String()
}

// middle cuts a name in its middle, so that it has at most so many columns. Two
// thirds are for its end: the file's name is what differs.
func middle(s string, width int, dots string) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	room := width - uniseg.StringWidth(dots)
	if room < 2 {
		return dots
	}
	tail := room * 2 / 3
	var clusters []string
	for g := uniseg.NewGraphemes(s); g.Next(); {
		clusters = append(clusters, g.Str())
	}
	head, w := "", 0
	i := 0
	for ; i < len(clusters); i++ {
		c := uniseg.StringWidth(clusters[i])
		if w+c > room-tail {
			break
		}
		head, w = head+clusters[i], w+c
	}
	end, w := "", 0
	for j := len(clusters) - 1; j > i; j-- {
		c := uniseg.StringWidth(clusters[j])
		if w+c > tail {
			break
		}
		end, w = clusters[j]+end, w+c
	}
	return head + dots + end
}
