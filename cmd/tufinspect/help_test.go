package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/manual"
)

// A help is read in terminals that are as narrow as they ever were. Only a word that is
// longer than the line stands out.
func TestHelpFitsItsColumns(t *testing.T) {
	root := newRoot(streams{})
	if len(manual.Commands(root)) < 10 {
		t.Fatal("there are no commands to look at")
	}
	for _, width := range []int{helpWidth, helpWidest} {
		for _, c := range manual.Commands(root) {
			c.InitDefaultHelpFlag()
			for line := range strings.SplitSeq(c.Long+"\n"+usage(c, width), "\n") {
				if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s: wider than %d: %s", c.CommandPath(), width, line)
				}
			}
		}
	}
}

// Words of this program begin with small letters, those that cobra brings along too.
func TestHelpSpeaksInOneVoice(t *testing.T) {
	for _, c := range manual.Commands(newRoot(streams{})) {
		text := usage(c, helpWidth)
		for _, foreign := range []string{"Usage", "Flags", "Generate", "Help about", "for more information", "Available"} {
			if strings.Contains(text+c.Short+c.Long, foreign) {
				t.Errorf("%s: %s", c.CommandPath(), foreign)
			}
		}
		if c.Short != strings.ToLower(c.Short[:1])+c.Short[1:] {
			t.Errorf("%s: %s", c.CommandPath(), c.Short)
		}
		if c.Example == "" && c.Runnable() && c.Name() != "version" && c.Parent() != nil && c.Parent().Name() != "completion" && c.Name() != "help" && c.Name() != "completion" {
			t.Errorf("%s has no example", c.CommandPath())
		}
	}
}

func TestEveryShellHasItsWords(t *testing.T) {
	for _, c := range newRoot(streams{}).Commands() {
		if c.Name() != "completion" {
			continue
		}
		each(c, func(shell *cobra.Command) {
			if completions[shell.Name()].now == "" {
				t.Errorf("nothing is said of %s", shell.Name())
			}
		})
		return
	}
	t.Error("there is no command completion")
}

func each(c *cobra.Command, f func(*cobra.Command)) {
	for _, sub := range c.Commands() {
		f(sub)
	}
}
