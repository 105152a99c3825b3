package manual

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// tree is a program with all that a page has to show.
func tree() *cobra.Command {
	root := &cobra.Command{Use: "prog [flags] FILE", Short: "look at a file", Run: func(*cobra.Command, []string) {}}
	root.Flags().Duration("wait", time.Minute, "wait for so long")
	root.Flags().StringArray("header", nil, "send this header (`'K: V'`)")
	root.Flags().BoolP("quiet", "q", false, "say a|b, not more")
	child := &cobra.Command{
		Use: "sub", Short: "look below", Run: func(*cobra.Command, []string) {},
		Long:    "sub looks below.\n\n.hidden files too. As in:\n\n  prog sub --back\\slash\n\nand 'quoted'.",
		Example: "  prog sub x",
	}
	hidden := &cobra.Command{Use: "secret", Short: "nothing", Hidden: true, Run: func(*cobra.Command, []string) {}}
	root.AddCommand(child, hidden)
	return root
}

func TestPages(t *testing.T) {
	pages := Pages(tree(), Lists{Exit: []Entry{{"0", "well"}}, Files: []Entry{{"~/.x", "a file"}}})
	if len(pages) != 2 || pages[0].Name != "prog.1" || pages[1].Name != "prog-sub.1" {
		t.Fatalf("the pages are %v", pages)
	}
	first, second := string(pages[0].Text), string(pages[1].Text)
	for _, want := range []string{
		`.TH "PROG" "1" "" "prog" "User Commands"`,
		"\n\\fB\\-\\-wait\\fR \\fIduration\\fR\nWait for so long. Default: 1m.\n",
		"\n\\fB\\-\\-header\\fR \\fI\\&'K: V'\\fR\nSend this header ('K: V').\n",
		"\n\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nSay a|b, not more.\n",
		"\n.SH EXIT STATUS\n.TP\n.B 0\nWell.\n",
		"\n.SH FILES\n.TP\n.B ~/.x\nA file.\n",
		"\n.SH SEE ALSO\n\\fBprog\\-sub\\fR(1)\n",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the page lacks %q:\n%s", want, first)
		}
	}
	for _, want := range []string{"\n\\&.hidden files", "\n.nf\n  prog sub \\-\\-back\\eslash\n.fi\n.PP\nand 'quoted'.\n", "\n.SH EXAMPLES\n.nf\n  prog sub x\n.fi\n"} {
		if !strings.Contains(second, want) {
			t.Errorf("the page lacks %q:\n%s", want, second)
		}
	}
}

func TestMarkdown(t *testing.T) {
	got := Markdown(tree())
	for _, want := range []string{
		"\n## prog sub\n\n```text\nprog sub [flags]\n```\n",
		"| `--wait duration` | 1m | wait for so long |\n",
		"| `-q, --quiet` |  | say a\\|b, not more |\n",
		"\n```\nprog sub --back\\slash\n```\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "secret") {
		t.Errorf("a hidden command is told of:\n%s", got)
	}
}

func TestDefaults(t *testing.T) {
	for def, want := range map[string]string{"1m0s": "1m", "2h0m0s": "2h", "10s": "10s", "1h30m0s": "1h30m", "0s": "", "false": "", "[]": "", "auto": "auto"} {
		if got := shown(def); got != want {
			t.Errorf("shown(%q) = %q, want %q", def, got, want)
		}
	}
}
