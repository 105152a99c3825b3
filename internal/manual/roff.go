package manual

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Page is a manual page, as a file for man.
type Page struct {
	Name string // of the file: tufinspect-check.1
	Text []byte
}

// Pages gives a manual page for every command, in the order of Commands.
func Pages(root *cobra.Command, lists Lists) []Page {
	var out []Page
	for _, c := range Commands(root) {
		out = append(out, Page{name(c) + ".1", page(root, c, lists)})
	}
	return out
}

// page writes one in the language of man (man(7)).
func page(root, c *cobra.Command, lists Lists) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.TH "%s" "1" "" "%s" "User Commands"`, strings.ToUpper(roff(name(c))), root.Name())
	line(".SH NAME\n%s \\- %s", roff(name(c)), roff(c.Short))
	line(".SH SYNOPSIS\n.B %s", roff(c.UseLine()))
	line(".SH DESCRIPTION\n%s", running(about(c)))
	if opts := options(c); len(opts) > 0 {
		line(".SH OPTIONS")
		for _, o := range opts {
			line(".TP\n%s\n%s%s", bold(o), roff(sentence(o.means)), roffDefault(o))
		}
	}
	if c.Example != "" {
		line(".SH EXAMPLES\n.nf\n%s\n.fi", roffLines(c.Example))
	}
	if c == root {
		for _, l := range []struct {
			head string
			list []Entry
		}{{"EXIT STATUS", lists.Exit}, {"ENVIRONMENT", lists.Environment}, {"FILES", lists.Files}} {
			line(".SH %s", l.head)
			for _, e := range l.list {
				line(".TP\n.B %s\n%s", roff(e.Name), roff(sentence(e.Means)))
			}
		}
	}
	if also := related(c); len(also) > 0 {
		line(".SH SEE ALSO\n%s", strings.Join(also, ",\n"))
	}
	return []byte(b.String())
}

// related are the pages of the parent and the children.
func related(c *cobra.Command) []string {
	var out []string
	if c.HasParent() {
		out = append(out, `\fB`+roff(name(c.Parent()))+`\fR(1)`)
	}
	for _, child := range Commands(c)[1:] {
		if child.Parent() == c {
			out = append(out, `\fB`+roff(name(child))+`\fR(1)`)
		}
	}
	return out
}

// bold is an option with its name in bold and what it takes in italics.
func bold(o option) string {
	s := `\fB` + roff(o.name) + `\fR`
	if o.short != "" {
		s = `\fB` + roff(o.short) + `\fR, ` + s
	}
	if o.value != "" {
		s += ` \fI` + roff(o.value) + `\fR`
	}
	return s
}

func roffDefault(o option) string {
	if o.def == "" {
		return ""
	}
	return " Default: " + roff(o.def) + "."
}

// sentence makes one of the words of a flag.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// running is text whose paragraphs man may fill, and whose indented lines it may not.
func running(s string) string {
	var out []string
	kept := false
	keep := func(on bool) {
		if on && !kept {
			out = append(out, ".PP", ".nf")
		} else if !on && kept {
			out = append(out, ".fi")
		}
		kept = on
	}
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, l := range lines {
		switch {
		case strings.TrimSpace(l) == "":
			if i+1 < len(lines) && !indented(lines[i+1]) {
				keep(false)
				out = append(out, ".PP")
			}
			continue
		case indented(l):
			keep(true)
		default:
			keep(false)
		}
		if strings.HasPrefix(l, "#") { // a heading that no page has a place for
			out = append(out, `.I `+roff(strings.Trim(l, "# ")))
			continue
		}
		out = append(out, roff(l))
	}
	keep(false)
	return strings.Join(out, "\n")
}

func indented(l string) bool { return strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t") }

func roffLines(s string) string {
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = roff(l)
	}
	return strings.Join(lines, "\n")
}

// roff escapes what would be a command to man: backslashes, hyphens that are typed, and
// a dot or a quote at the beginning of a line.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", `\[u2026]`, "—", `\(em`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
