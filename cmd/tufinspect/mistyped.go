package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/safe"
)

// mistyped is a usage error when the first word after the program's name was meant as a
// command and is none, or as a folder and is not there: what is said of the flags behind
// it would be about another command. It is nil for what can only be a repository.
func mistyped(root *cobra.Command, args []string) error {
	if len(args) == 0 || !bareWord(args[0]) {
		return nil
	}
	if c, _, _ := root.Find(args); c != root {
		return nil
	}
	word, shown := args[0], safe.Text(args[0])
	// Of what is there, and of a disk that does not answer, who inspects it says more.
	gone, _ := alive.Within(fileWithin, "looking at "+shown+": the disk", func() (bool, error) {
		_, err := os.Stat(word)
		return errors.Is(err, os.ErrNotExist), nil
	})
	if !gone {
		return nil
	}
	root.SuggestionsMinimumDistance = min(2, len(word)-1) // a single letter is near to nothing
	switch near := root.SuggestionsFor(word); {
	case len(near) > 0:
		return usagef("%q is no command and no repository; did you mean %s?", shown, strings.Join(near, " or "))
	case strings.Contains(word, "."):
		return usagef("%q is no command, and no folder that is there; for a server, write https://%s", shown, shown)
	}
	return usagef("%q is no command, no URL, and no folder that is there; %s --help lists the commands", shown, root.Name())
}

// bareWord tells whether an argument can be a person's word for a command: it is no flag,
// no URL and no path, and not what a shell asks.
func bareWord(s string) bool {
	if strings.HasPrefix(s, cobra.ShellCompRequestCmd) {
		return false
	}
	return s != "" && s != "." && s != ".." && s[0] != '-' && !strings.ContainsAny(s, `/\:`)
}
