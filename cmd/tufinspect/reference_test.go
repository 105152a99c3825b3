package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/manual"
	"example.com/tufinspect/internal/ui"
)

// root is the project's folder, as this package's tests see it.
const projectRoot = "../.."

const renew = "go test ./cmd/tufinspect -run TestReference -update"

// TestReference holds the committed pages that are made from the program against the
// program. With -update it writes them anew.
func TestReference(t *testing.T) {
	for name, want := range references(t) {
		path := filepath.Join(projectRoot, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s is stale: %s writes it anew (%v)", name, renew, err)
		}
	}
	// A page of a command that is no more would be believed.
	made := slices.Collect(maps.Keys(references(t)))
	for _, dir := range []string{"docs/man", "docs/completions"} {
		there, err := filepath.Glob(filepath.Join(projectRoot, dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range there {
			name := dir + "/" + filepath.Base(path)
			if slices.Contains(made, name) {
				continue
			}
			if !*update {
				t.Errorf("%s is of no command: %s takes it away", name, renew)
			} else if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// references gives every generated file by its path in the project.
func references(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{
		"docs/cli.md":  commandPage(),
		"docs/keys.md": keyPage(),
		"README.md":    readmeWithKeys(t),
	}
	for _, p := range manual.Pages(newRoot(streams{}), lists()) {
		out["docs/man/"+p.Name] = p.Text
	}
	cmd := newRoot(streams{})
	for ext, write := range map[string]func(*bytes.Buffer) error{
		"bash": func(b *bytes.Buffer) error { return cmd.GenBashCompletionV2(b, true) },
		"zsh":  func(b *bytes.Buffer) error { return cmd.GenZshCompletion(b) },
		"fish": func(b *bytes.Buffer) error { return cmd.GenFishCompletion(b, true) },
		"ps1":  func(b *bytes.Buffer) error { return cmd.GenPowerShellCompletionWithDesc(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		out["docs/completions/tufinspect."+ext] = b.Bytes()
	}
	return out
}

const writtenBy = "<!-- Written by " + renew + ". Change the program, not this page. -->\n\n"

func commandPage() []byte {
	var b strings.Builder
	b.WriteString(writtenBy + `# Command line

Every command with its flags, as ` + "`--help`" + ` says it too. The same as [manual pages](man), which ` + "`tufinspect man DIR`" + ` writes, and
as completions for [shells](completions), which ` + "`tufinspect completion`" + ` prints.

## Exit codes

| code | meaning |
|---|---|
`)
	for _, c := range exitCodes() {
		b.WriteString("| " + c.Name + " | " + c.Means + " |\n")
	}
	b.WriteString("\nThey are those of an inspection. `demo` leaves with 0 when the demonstration worked, whatever it has shown.\n")
	b.WriteString(manual.Markdown(newRoot(streams{})))
	return []byte(b.String())
}

func keyPage() []byte {
	return []byte(writtenBy + `# Keys

Those of the terminal UI. ` + "`?`" + ` shows them there, with those bright that work in the present view. What the views are for is told in
[the screen](screen.md).

` + keyTable(func(k ui.Key) bool { return k.Of != "recording" }) + `
## In a recording

In ` + "`tufinspect replay`" + ` these are added, or mean something else, and those of a run do nothing:

` + keyTable(func(k ui.Key) bool { return k.Of == "recording" }) + `
## Filters, marks, questions

A filter (` + "`/`" + `) is words that are all to be found in the path, ` + "`!word`" + ` for one that is not, ` + "`state:failed`, `state:not`" + ` (checked), ` + "`role:name`" + `,
` + "`err:503`, `host:name`, `age:>10s`, `age:<2m`, each also with `!`" + ` before it. Marked rows are acted on together, after a question with their
number; without marks it is the row under the cursor. The mouse is off until ` + "`m`" + `.

While a question is open, ` + "`y` says yes, and `n`, `esc`, `enter` and `q`" + ` say no. The line of a filter is edited as in a shell; ` + "`enter`" + `
keeps the filter, ` + "`esc`" + ` the one before.
`)
}

// inARun stands at keys that do nothing in a recording.
const inARun = "; in a run"

// keyTable is those of the keys that are wanted, as Markdown.
func keyTable(wanted func(ui.Key) bool) string {
	var b strings.Builder
	b.WriteString("| keys | what they do | in |\n|---|---|---|\n")
	for _, k := range ui.Keys() {
		if !wanted(k) {
			continue
		}
		views := k.Views
		if views == "" {
			views = "all views"
		}
		does := k.Does
		if k.Of == "run" {
			views += inARun
		}
		if k.Group == "move" {
			does = "move: " + does
		}
		var keys []string
		for key := range strings.FieldsSeq(k.Keys) {
			keys = append(keys, "`"+key+"`")
		}
		b.WriteString("| " + strings.Join(keys, " ") + " | " + does + " | " + views + " |\n")
	}
	return b.String()
}

// first are the keys that a person needs in the first hour.
var first = []string{"↑↓ j k", "n N", "enter", "esc", "1-6", "/", "!", "x", "r", "R", "d", "p", "f", "w", "?", "q"}

// readmeWithKeys is the README with these keys in their place.
func readmeWithKeys(t *testing.T) []byte {
	t.Helper()
	const begin, end = "<!-- keys: generated -->\n", "<!-- /keys -->"
	text, err := os.ReadFile(filepath.Join(projectRoot, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("the README has no place for the keys, between %q and %q", begin, end)
	}
	shown := keyTable(func(k ui.Key) bool { return k.Of != "recording" && slices.Contains(first, k.Keys) })
	shown = strings.ReplaceAll(shown, inARun, "") // which a reader of the README is
	if n := strings.Count(shown, "\n") - 2; n != len(first) {
		t.Fatalf("%d of the README's %d keys are there: the others are called something else now", n, len(first))
	}
	return []byte(before + begin + shown + end + after)
}
