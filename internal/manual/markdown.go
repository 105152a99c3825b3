package manual

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// shared is from how many flags on a command is told by what differs from the root's.
const shared = 8

// Markdown gives the sections of a page about all commands, each under a heading of the
// second level that is the command's path.
func Markdown(root *cobra.Command) string {
	var b strings.Builder
	base := options(root)
	for _, c := range Commands(root) {
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s\n```\n", c.CommandPath(), c.UseLine())
		fmt.Fprintf(&b, "\n%s\n", paragraphs(about(c)))
		opts := options(c)
		if c != root {
			opts = differing(&b, root, base, opts)
		}
		table(&b, opts)
		if c.Example != "" {
			fmt.Fprintf(&b, "\n%s\n", block(unindent(c.Example)))
		}
	}
	return b.String()
}

// differing says which flags a command shares with the root, and gives the others.
func differing(b *strings.Builder, root *cobra.Command, base, opts []option) []option {
	var own []option
	same := 0
	for _, o := range opts {
		if slices.Contains(base, o) {
			same++
		} else {
			own = append(own, o)
		}
	}
	if same < shared {
		return opts
	}
	var without []string
	for _, o := range base {
		if !slices.Contains(opts, o) {
			without = append(without, "`"+o.name+"`")
		}
	}
	except := ""
	if len(without) > 0 {
		except = " except " + strings.Join(without, ", ")
	}
	fmt.Fprintf(b, "\nIt takes the flags of [%s](#%s)%s", root.Name(), root.Name(), except)
	if len(own) > 0 {
		b.WriteString(", and")
	}
	b.WriteString(map[bool]string{true: ":\n", false: ".\n"}[len(own) > 0])
	return own
}

func table(b *strings.Builder, opts []option) {
	if len(opts) == 0 {
		return
	}
	b.WriteString("\n| flag | default | meaning |\n|---|---|---|\n")
	for _, o := range opts {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", cell(o.called()), cell(o.def), cell(o.means))
	}
}

// block is text as it is typed.
func block(s string) string { return "```\n" + s + "\n```" }

// paragraphs are those of a command's text; indented lines of it are typed.
func paragraphs(s string) string {
	var out []string
	for p := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		switch {
		case indented(p):
			out = append(out, block(unindent(p)))
		case strings.HasPrefix(p, "#"): // a heading that no page has a place for
			out = append(out, "*"+strings.Trim(p, "#: ")+"*:")
		default:
			out = append(out, strings.NewReplacer("<", `\<`, "*", `\*`, "_", `\_`).Replace(p))
		}
	}
	return strings.Join(out, "\n\n")
}

// unindent takes the blanks away that every line begins with.
func unindent(s string) string {
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(l, "\t"), "  ")
	}
	return strings.Join(lines, "\n")
}

// cell is text inside of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
