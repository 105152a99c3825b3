package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/safe"
)

const (
	// widestText is from how many columns on a line is no longer good to read.
	widestText = 100
	// nearest is how many ids are offered for one that does not exist.
	nearest = 3
)

func newExplain(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [ID]",
		Short: "say what a finding means, what a client sees and what to do",
		Long: `explain says what a kind of finding means, how it comes about, what a client
sees, what to do, and which rule is behind it. Without ID it lists all kinds. It
needs no repository.`,
		Example: `  tufinspect explain expired
  tufinspect explain | grep -i key`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("one finding at a time: %q is one too many", safe.Text(args[1]))
			}
			return nil
		},
		ValidArgsFunction: completeID,
		RunE: func(_ *cobra.Command, args []string) error {
			width := columns(std.out)
			if len(args) == 0 {
				return listKinds(std.out, width)
			}
			return explain(std.out, args[0], width)
		},
	}
}

// completeID offers the ids to a shell, each with its title.
func completeID(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	for _, k := range finding.All() {
		if len(args) == 0 && strings.HasPrefix(string(k.ID), begun) {
			ids = append(ids, string(k.ID)+"\t"+k.Title)
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// listKinds writes all kinds by section, a line each: whole ones for a pipe, cut ones
// never, so that a terminal shows what can be searched.
func listKinds(w io.Writer, width int) error {
	longest := 0
	for _, k := range finding.All() {
		longest = max(longest, len(k.ID))
	}
	var b bytes.Buffer
	for i, s := range finding.Sections() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s.Title + "\n")
		for _, k := range s.Kinds {
			line := fmt.Sprintf("  %-*s  %-8s  %s", longest, k.ID, k.Severity, k.Title)
			b.WriteString(report.Fold(line, width, longest+14) + "\n")
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// explain writes what there is to say about a kind. A width of 0 leaves lines whole.
func explain(w io.Writer, id string, width int) error {
	k, ok := finding.Lookup(finding.ID(strings.ToLower(strings.TrimSpace(id))))
	if !ok {
		return unknownKind(id)
	}
	width = min(width, widestText)
	var b bytes.Buffer
	line := func(indent int, format string, args ...any) {
		b.WriteString(report.Fold(fmt.Sprintf(format, args...), width, indent) + "\n")
	}
	line(2, "%s: %s", k.ID, k.Title)
	b.WriteByte('\n')
	line(2, "  %s", k.About())
	b.WriteByte('\n')
	line(12, "  severity  %s: %s", k.Severity, k.Severity.Means())
	line(12, "  a client  %s", k.Client)
	line(12, "  to do     %s", k.Do)
	if r := k.Rule(); r != "" {
		line(12, "  rule      %s", r)
	}
	line(12, "  about     %s", sectionOf(k.ID))
	_, err := w.Write(b.Bytes())
	return err
}

func sectionOf(id finding.ID) string {
	for _, s := range finding.Sections() {
		if slices.ContainsFunc(s.Kinds, func(k finding.Kind) bool { return k.ID == id }) {
			return strings.ToLower(s.Title)
		}
	}
	return ""
}

// unknownKind is the usage error for an id that does not exist.
func unknownKind(id string) error {
	var names []string
	for _, n := range near(id) {
		names = append(names, string(n))
	}
	if len(names) == 0 {
		return usagef("no finding is called %q; tufinspect explain lists all", safe.Text(id))
	}
	return usagef("no finding is called %q; did you mean %s? tufinspect explain lists all", safe.Text(id), strings.Join(names, ", "))
}

// near gives the ids that a mistaken one may have been meant for, the nearest first:
// those with all its words in them, and those a few letters away.
func near(id string) []finding.ID {
	if len(id) > 64 {
		return nil // no id is so long, and comparing takes its length times theirs
	}
	words := strings.FieldsFunc(strings.ToLower(id), func(r rune) bool { return r < 'a' || r > 'z' })
	type match struct {
		id  finding.ID
		far int
	}
	var found []match
	for _, k := range finding.All() {
		text := string(k.ID)
		far := distance(strings.Join(words, "-"), text)
		within := max(1, len(text)/3)
		if len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			far, within = far/4, len(text)
		}
		if far <= within {
			found = append(found, match{k.ID, far})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.far, b.far) })
	var ids []finding.ID
	for _, m := range found[:min(nearest, len(found))] {
		ids = append(ids, m.id)
	}
	return ids
}

// distance is how many letters have to be put in, taken out or replaced to make one
// text of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
