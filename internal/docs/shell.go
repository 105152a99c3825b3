package docs

import "strings"

// Command is a command line of a document.
type Command struct {
	Line int
	Text string   // as it is typed, without the comment
	Note string   // the comment
	Args []string // the words of its first command, without those of a pipe behind it
}

// Commands gives the command lines of a block: whatever is neither empty nor a comment.
// Lines that end in a backslash go on.
func (b Block) Commands() []Command {
	var out []Command
	for i := 0; i < len(b.Lines); i++ {
		line, at := strings.TrimPrefix(strings.TrimSpace(b.Lines[i]), "$ "), b.Line+i
		for strings.HasSuffix(line, `\`) && i+1 < len(b.Lines) {
			i++
			line = strings.TrimSuffix(line, `\`) + strings.TrimSpace(b.Lines[i])
		}
		args, length := split(line)
		if len(args) > 0 {
			out = append(out, Command{at, strings.TrimSpace(line[:length]), strings.TrimLeft(line[length:], "# "), args})
		}
	}
	return out
}

// split gives the words of the first command in a line of shell, and how long the line
// is without its comment.
func split(line string) (words []string, length int) {
	var word strings.Builder
	inside, first := false, true // of a word, of the first command
	end := func() {
		if inside && first {
			words = append(words, word.String())
		}
		word.Reset()
		inside = false
	}
	quote := byte(0)
	for i := range len(line) {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inside = c, true
		case c == '#' && !inside:
			return words, i
		case c == ' ' || c == '\t':
			end()
		case strings.IndexByte("|;&<>", c) >= 0:
			if c == '>' && word.String() == "2" { // of errors: no word
				inside = false
			}
			end()
			first = false
		default:
			inside = true
			word.WriteByte(c)
		}
	}
	end()
	return words, len(line)
}
