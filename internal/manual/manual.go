// Package manual writes what there is to read about a tree of commands: manual pages
// for man, and one page of Markdown. Both say what the commands themselves say, so
// that there is one text of it, and both are the same bytes every time: no date is in
// them, and no name of a machine.
//
// The same can be had from a package of cobra. It costs the program four modules and
// 900 KB, and prints a flag without a value as --header=[].
package manual

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Commands gives a command and all below it that people are told of, parents first,
// each level by name.
func Commands(root *cobra.Command) []*cobra.Command {
	root.InitDefaultHelpFlag()
	out := []*cobra.Command{root}
	children := slices.Clone(root.Commands())
	slices.SortFunc(children, func(a, b *cobra.Command) int { return cmp.Compare(a.Name(), b.Name()) })
	for _, c := range children {
		if c.IsAvailableCommand() && !c.IsAdditionalHelpTopicCommand() {
			out = append(out, Commands(c)...)
		}
	}
	return out
}

// name is a command as a file is called after it: tufinspect-check.
func name(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// about is the long text of a command, or the short one where there is no other.
func about(c *cobra.Command) string {
	if c.Long != "" {
		return c.Long
	}
	return c.Short + "."
}

// option is a flag as a reader sees it.
type option struct {
	name  string // --workers
	short string // -j, or ""
	value string // what it takes: FILE; "" for a switch
	means string
	def   string // "" if it is nothing
}

// called is the option as it is typed: "-j, --workers auto|N".
func (o option) called() string {
	s := o.name
	if o.short != "" {
		s = o.short + ", " + s
	}
	if o.value != "" {
		s += " " + o.value
	}
	return s
}

// options gives the flags of a command that people are told of, by name.
func options(c *cobra.Command) []option {
	var out []option
	c.Flags().VisitAll(func(f *pflag.Flag) { // of its parents too, once they were asked for
		if f.Hidden || f.Deprecated != "" || f.Name == "help" {
			return
		}
		value, means := pflag.UnquoteUsage(f)
		o := option{name: "--" + f.Name, value: value, means: means, def: shown(f.DefValue)}
		if f.Shorthand != "" {
			o.short = "-" + f.Shorthand
		}
		out = append(out, o)
	})
	return out
}

// nothing are defaults that say no more than that there is none.
var nothing = []string{"", "0", "0s", "false", "[]"}

// shown is a default as a person writes it, "" for none.
func shown(def string) string {
	if slices.Contains(nothing, def) {
		return ""
	}
	if s, ok := strings.CutSuffix(def, "m0s"); ok {
		if hours, whole := strings.CutSuffix(s, "h0"); whole {
			return hours + "h"
		}
		return s + "m"
	}
	return def
}

// Entry is a line of a list: an exit code, a variable or a file, and what it stands for.
type Entry struct {
	Name  string
	Means string
}

// Lists are what the first manual page says besides its command.
type Lists struct {
	Exit        []Entry
	Environment []Entry
	Files       []Entry
}
