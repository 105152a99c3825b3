package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/safe"
)

// The columns of a help: as many as the terminal has, and no more than are read with
// ease.
const (
	helpWidth  = 80 // where there is no terminal
	helpWidest = 100
)

// ownHelp makes the help of a tree of commands this program's: cobra's does not know how
// wide the terminal is, and speaks in another voice.
func ownHelp(root *cobra.Command, out *os.File) {
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := io.WriteString(cmd.OutOrStderr(), usage(cmd, min(cmp.Or(columns(out), helpWidth), helpWidest)))
		return err
	})
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			ownHelpCommand(c)
		case "completion":
			ownCompletion(c)
		}
	}
}

// usage is what a help says below the words about the command: how it is called, and its
// flags, in lines of so many columns.
func usage(c *cobra.Command, width int) string {
	var b strings.Builder
	b.WriteString("usage:\n")
	if c.Runnable() {
		fmt.Fprintf(&b, "  %s\n", c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n", c.CommandPath())
	}
	if c.HasExample() {
		fmt.Fprintf(&b, "\nexamples:\n%s\n", c.Example)
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\ncommands:\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				head := fmt.Sprintf("  %-*s ", sub.NamePadding(), sub.Name())
				b.WriteString(report.Fold(head+sub.Short, width, len(head)) + "\n")
			}
		}
	}
	if c.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\nflags:\n%s\n", strings.TrimRight(c.LocalFlags().FlagUsagesWrapped(width), " \n"))
	}
	if c.HasAvailableInheritedFlags() {
		fmt.Fprintf(&b, "\nflags of all commands:\n%s\n", strings.TrimRight(c.InheritedFlags().FlagUsagesWrapped(width), " \n"))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s COMMAND --help says more of each\n", c.CommandPath())
	}
	return b.String()
}

// ownHelpCommand gives the command help its words. A command that it does not know is a
// usage error.
func ownHelpCommand(c *cobra.Command) {
	c.Use = "help [COMMAND]"
	c.Short = "say what a command does, as --help does"
	c.Long = "help says what a command does and which flags it takes, as COMMAND --help does."
	c.Run, c.RunE = nil, func(cmd *cobra.Command, args []string) error {
		about, rest, err := cmd.Root().Find(args)
		if err != nil || len(rest) > 0 {
			return usagef("there is no command %q; %s --help lists them", safe.Text(strings.Join(args, " ")), cmd.Root().Name())
		}
		about.InitDefaultHelpFlag()
		return about.Help()
	}
}

// completions say for each shell how its script is used: here and now, and from then on.
// Both are cobra's.
var completions = map[string]struct{ needs, now, always string }{
	"bash": {
		needs:  "It needs the package bash-completion.\n\n",
		now:    "source <(tufinspect completion bash)",
		always: "tufinspect completion bash > /etc/bash_completion.d/tufinspect\n\nor, on macOS:\n\n  tufinspect completion bash > $(brew --prefix)/etc/bash_completion.d/tufinspect",
	},
	"zsh": {
		needs:  "It needs completion to be on, which this\ndoes once:\n\n  echo \"autoload -U compinit; compinit\" >> ~/.zshrc\n\n",
		now:    "source <(tufinspect completion zsh)",
		always: "tufinspect completion zsh > \"${fpath[1]}/_tufinspect\"",
	},
	"fish": {
		now:    "tufinspect completion fish | source",
		always: "tufinspect completion fish > ~/.config/fish/completions/tufinspect.fish",
	},
	"powershell": {
		now:    "tufinspect completion powershell | Out-String | Invoke-Expression",
		always: "tufinspect completion powershell >> $PROFILE",
	},
}

// ownCompletion gives the command completion and those below it their words.
func ownCompletion(c *cobra.Command) {
	c.Short = "print the script by which a shell completes commands and flags"
	c.Long = "completion prints the script by which a shell completes commands, flags and\ntheir values. The help of each shell's command says where to put it."
	for _, shell := range c.Commands() {
		how := completions[shell.Name()]
		shell.Short = "print the script for " + shell.Name()
		shell.Long = fmt.Sprintf("%s prints the script for %[1]s. %[2]sIn this shell:\n\n  %[3]s\n\nIn every new one:\n\n  %[4]s", shell.Name(), how.needs, how.now, how.always)
		if f := shell.Flags().Lookup("no-descriptions"); f != nil {
			f.Usage = "only names and values, without what they mean"
		}
	}
}
