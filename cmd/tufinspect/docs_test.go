package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/docs"
	"example.com/tufinspect/internal/manual"
)

func documents(t *testing.T) []*docs.Page {
	t.Helper()
	pages, err := docs.Read(projectRoot)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// ofTheProgram gives the arguments of a command line that calls this program, and
// whether it does.
func ofTheProgram(words []string) ([]string, bool) {
	switch {
	case words[0] == "tufinspect":
		return words[1:], true
	case len(words) > 2 && words[0] == "go" && words[1] == "run" && words[2] == "./cmd/tufinspect":
		return words[3:], true
	}
	return nil, false
}

// parsed is what the command tree makes of a command line, up to where it would run.
func parsed(args []string) error {
	root := newRoot(streams{})
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	cmd.InitDefaultHelpFlag()
	if err := cmd.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if help, err := cmd.Flags().GetBool("help"); err == nil && help {
		return nil
	}
	left := cmd.Flags().Args()
	if err := cmd.ValidateArgs(left); err != nil || cmd.Name() != "demo" || len(left) == 0 {
		return err
	}
	_, err = demo.FindScenario(left[0])
	return err
}

// Whatever a document shows as a command line can be typed: tufinspect's own have
// commands, flags and values that there are, and scripts and packages exist.
func TestDocumentedCommands(t *testing.T) {
	n := 0
	for _, p := range documents(t) {
		for _, b := range p.Blocks {
			if b.Language == "text" { // what a program says, or a form
				continue
			}
			for _, c := range b.Commands() {
				if err := typed(c.Args); err != nil {
					t.Errorf("%s:%d: %s: %v", p.Path, c.Line, c.Text, err)
				}
				n++
			}
		}
	}
	if n < 50 {
		t.Errorf("there are only %d lines in blocks", n)
	}
}

func typed(words []string) error {
	if args, ok := ofTheProgram(words); ok {
		return parsed(args)
	}
	var err error
	exists := func(path string) {
		path, _, _ = strings.Cut(strings.TrimPrefix(path, "./"), "/…")
		if _, e := os.Stat(filepath.Join(projectRoot, filepath.FromSlash(strings.TrimSuffix(path, "...")))); e != nil {
			err = errors.New("there is no " + path)
		}
	}
	switch {
	case strings.HasPrefix(words[0], "scripts/"), strings.HasPrefix(words[0], ".ci/"), strings.HasPrefix(words[0], "demo/"):
		exists(words[0])
	case words[0] == "go" && len(words) > 1 && (words[1] == "test" || words[1] == "install" || words[1] == "run" || words[1] == "build"):
		for _, w := range words[2:] {
			if strings.HasPrefix(w, "./") {
				exists(w)
			}
		}
	}
	return err
}

// commandTree gives all commands and all flags that there are, hidden ones too.
func commandTree() (commands map[string]bool, flags map[string][]*pflag.Flag) {
	commands, flags = map[string]bool{}, map[string][]*pflag.Flag{}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		commands[c.Name()] = true
		add := func(f *pflag.Flag) {
			flags["--"+f.Name] = append(flags["--"+f.Name], f)
			if f.Shorthand != "" {
				flags["-"+f.Shorthand] = append(flags["-"+f.Shorthand], f)
			}
		}
		c.Flags().VisitAll(add)
		c.PersistentFlags().VisitAll(add)
		for _, child := range c.Commands() {
			visit(child)
		}
	}
	visit(newRoot(streams{}))
	return commands, flags
}

var (
	aFlag    = regexp.MustCompile(`^--[a-z][a-z0-9-]*`)
	aCommand = regexp.MustCompile(`^tufinspect ([a-z]+)\b`)
	aDemo    = regexp.MustCompile(`^tufinspect demo [a-z ]+$`)
	// othersFlags are flags of other programs that documents name.
	othersFlags = []string{"--entrypoint", "--metadata-dir"}
)

// Flags and commands that are named within a text exist as well.
func TestDocumentedNames(t *testing.T) {
	commands, flags := commandTree()
	for _, p := range documents(t) {
		if p.Path == "CHANGELOG.md" {
			continue // what was once
		}
		for _, s := range p.Spans {
			if f := aFlag.FindString(s.Text); f != "" && flags[f] == nil && !slices.Contains(othersFlags, f) {
				t.Errorf("%s:%d: no command has the flag %s", p.Path, s.Line, f)
			}
			if m := aCommand.FindStringSubmatch(s.Text); m != nil && !commands[m[1]] {
				t.Errorf("%s:%d: there is no command %s", p.Path, s.Line, m[1])
			}
			if aDemo.MatchString(s.Text) {
				if err := parsed(strings.Fields(s.Text)[1:]); err != nil {
					t.Errorf("%s:%d: %s: %v", p.Path, s.Line, s.Text, err)
				}
			}
		}
	}
}

// Tables of exit codes have all codes that there are and no other, each with the first
// word of what it stands for.
func TestDocumentedExitCodes(t *testing.T) {
	want := map[string]string{}
	for _, c := range exitCodes() {
		want[c.Name] = strings.FieldsFunc(c.Means, func(r rune) bool { return r == ' ' || r == ':' || r == ';' })[0]
	}
	tables := 0
	for _, p := range documents(t) {
		for _, table := range p.Tables {
			if table.Head[0] != "code" {
				continue
			}
			tables++
			left := len(want)
			for _, row := range table.Rows {
				for code := range strings.SplitSeq(row[0], ", ") {
					left--
					if means, ok := want[code]; !ok || !strings.Contains(row[1], means) {
						t.Errorf("%s:%d: exit code %q is said to be %q", p.Path, table.Line, code, row[1])
					}
				}
			}
			if left != 0 {
				t.Errorf("%s:%d: %d exit codes are not in the table", p.Path, table.Line, left)
			}
		}
	}
	if tables < 2 {
		t.Errorf("%d tables of exit codes", tables)
	}
}

// Tables of flags name flags that there are, with the defaults that they have.
func TestDocumentedDefaults(t *testing.T) {
	_, flags := commandTree()
	tables := 0
	for _, p := range documents(t) {
		for _, table := range p.Tables {
			if len(table.Head) < 2 || table.Head[0] != "flag" || table.Head[1] != "default" {
				continue
			}
			tables++
			for _, row := range table.Rows {
				for name := range strings.SplitSeq(strings.Trim(row[0], "`"), ", ") {
					name, _, _ = strings.Cut(strings.Trim(name, "`"), " ")
					named := flags[name]
					if len(named) == 0 {
						t.Errorf("%s:%d: there is no flag %s", p.Path, table.Line, name)
					} else if !slices.ContainsFunc(named, func(f *pflag.Flag) bool { return sameDefault(row[1], f.DefValue) }) {
						t.Errorf("%s:%d: the default of %s is %q, not %q", p.Path, table.Line, name, named[0].DefValue, row[1])
					}
				}
			}
		}
	}
	if tables < 2 {
		t.Errorf("%d tables of flags with their defaults", tables)
	}
}

func sameDefault(said, def string) bool {
	if said == def {
		return true
	}
	if d, err := time.ParseDuration(said); err == nil {
		e, err := time.ParseDuration(def)
		return err == nil && d == e
	}
	return slices.Contains([]string{"", "none"}, said) && slices.Contains([]string{"", "0", "0s", "false", "[]"}, def)
}

// What the help of a command says of exit codes is what there is.
func TestHelpNamesAllExitCodes(t *testing.T) {
	for _, c := range manual.Commands(newRoot(streams{})) {
		if c.Name() != "tufinspect" && c.Name() != "check" {
			continue
		}
		for _, code := range exitCodes() {
			if !regexp.MustCompile(`\b` + code.Name + `\b`).MatchString(c.Long) {
				t.Errorf("the help of %s does not name exit code %s", c.Name(), code.Name)
			}
		}
	}
}

// filesBelow gives the files of a folder whose name matches, with slashes.
func filesBelow(t *testing.T, dir, pattern string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(projectRoot, dir), func(path string, d fs.DirEntry, err error) error {
		if ok, _ := filepath.Match(pattern, filepath.Base(path)); err == nil && ok && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
