package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/ui"
)

// completing tells shells what can be typed behind the commands and flags of a tree: one
// of a few words where there are only those, files where a file or a folder is meant, and
// nothing else. It begins once all flags are declared.
func completing(root *cobra.Command) {
	words := map[string][]string{"theme": ui.Themes(), "format": {formText, formJSON}}
	var below func(c *cobra.Command)
	below = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			fits := words[f.Name]
			if c.Name() == "check" && f.Name == "format" {
				fits = append(fits[:len(fits):len(fits)], formLines)
			}
			value, _ := pflag.UnquoteUsage(f)
			// An address may be that of a folder.
			if f.NoOptDefVal != "" || len(fits) == 0 && (strings.Contains(value, "FILE") || strings.Contains(value, "FOLDER") || f.Name == "targets-url") {
				return
			}
			// It fails where something is registered already, which is meant to stay.
			_ = c.RegisterFlagCompletionFunc(f.Name, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
				return begunWith(begun, fits), cobra.ShellCompDirectiveNoFileComp
			})
		})
		for _, sub := range c.Commands() {
			below(sub)
		}
	}
	below(root)
}

// begunWith gives those of the words that begin so.
func begunWith(begun string, words []string) []string {
	var fits []string
	for _, w := range words {
		if strings.HasPrefix(w, begun) {
			fits = append(fits, w)
		}
	}
	return fits
}

// completeScenario offers the scenarios to a shell, each with its line.
func completeScenario(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, s := range demo.Scenarios() {
		if len(args) == 0 && strings.HasPrefix(s.Name, begun) {
			names = append(names, cobra.CompletionWithDesc(s.Name, s.Line))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// plainUsages takes the quotes out of what flags are said to do, in which a help finds the
// word for a flag's value: a shell that completes shows it as it stands.
func plainUsages(c *cobra.Command) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	for _, sub := range c.Commands() {
		plainUsages(sub)
	}
}
