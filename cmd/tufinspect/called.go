package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/tufinspect/internal/safe"
)

// calledAs is how a command was called, for recordings: without secrets, and printable.
func calledAs(cmd *cobra.Command, args []string) []string {
	words := strings.Fields(cmd.CommandPath())
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			words = append(words, "--"+f.Name+"="+shownValue(f.Name, v))
		}
	})
	for _, a := range args {
		words = append(words, shownPlace(a))
	}
	return words
}

// shownValue is a flag's value without secrets.
func shownValue(flag, value string) string {
	if flag == "header" {
		name, _, _ := strings.Cut(value, ":")
		return safe.Text(strings.TrimSpace(name)) + ": " + safe.Hidden
	}
	return shownPlace(value)
}

// shownPlace is an address or a file without secrets.
func shownPlace(s string) string {
	if strings.Contains(s, "://") || strings.Contains(s, "@") {
		return safe.URL(s)
	}
	return safe.Text(s)
}
