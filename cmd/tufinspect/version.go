package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newVersion(std streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "version",
		Short:             "print what this program was made of: its version and commit, Go and libraries",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			b := readBuildInfo()
			if asJSON {
				enc := json.NewEncoder(std.out)
				enc.SetIndent("", "  ")
				return enc.Encode(b)
			}
			_, err := fmt.Fprint(std.out, b.text())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

// text is the information for a person. The first line stands for itself.
func (b buildInfo) text() string {
	var s strings.Builder
	s.WriteString(b.line() + "\n")
	for _, l := range [][2]string{
		{"commit", b.commitText()},
		{"go", b.Go},
		{"go-tuf", b.GoTUF},
		{"Bubble Tea", b.BubbleTea},
		{"Lip Gloss", b.LipGloss},
	} {
		fmt.Fprintf(&s, "  %-11s %s\n", l[0], cmp.Or(l[1], "unknown"))
	}
	return s.String()
}

// line is the first line, which --version prints alone.
func (b buildInfo) line() string {
	return fmt.Sprintf("tufinspect %s (%s/%s)", b.Version, b.OS, b.Arch)
}

func (b buildInfo) commitText() string {
	if b.Commit == "" {
		return ""
	}
	text := b.Commit
	if b.CommitDate != "" {
		text += ", " + b.CommitDate
	}
	switch {
	case b.Dirty == nil:
		return text + ", perhaps with changes"
	case *b.Dirty:
		return text + ", with changes"
	}
	return text + ", clean"
}
