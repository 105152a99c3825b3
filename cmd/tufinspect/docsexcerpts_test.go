package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/docs"
)

const onCall = "docs/on-call.md"

// saidOnCall are the words by which a person finds the excerpt that looks like the
// screen before them.
var saidOnCall = []string{
	"stalled", "no first byte", "not checked", "retrying may help", "server: alive, silent (the process, or what it waits for)",
	"all that was sent is acknowledged", " is silent for this file, other files answer", "not all bytes",
	"past caches", "other file", "behind a redirect to ", "HELD ", "one is tried now", "all stalled or failed at the network", "would take ",
	" differs", " too long", " too short", "connection closed", "connection reset by peer", " EXPIRED", "expires soon", "refused",
	": clients refuse it and everything below it", "has expired", ", needs ", "not signed by enough keys", " required",
	" targets below are checked but not trusted", " differs from the one that ", "is cut off", "retrying", "not pinned", "has not moved for ",
}

// The excerpts of the page for those who are on call are what the program says: their
// words are in its texts, and files and roles are those of the demonstration that the
// page names.
func TestDocumentedExcerpts(t *testing.T) {
	pages := documents(t)
	page := pages[slices.IndexFunc(pages, func(p *docs.Page) bool { return p.Path == onCall })]
	var shown strings.Builder
	for _, b := range page.Blocks {
		if b.Language == "text" {
			shown.WriteString(strings.Join(b.Lines, "\n") + "\n")
		}
	}
	program := sources(t)
	// A column that is too narrow cuts the words.
	excerpts := regexp.MustCompile(`\bby p…`).ReplaceAllString(shown.String(), "by peer")
	for _, words := range saidOnCall {
		if !strings.Contains(excerpts, strings.TrimSpace(words)) {
			t.Errorf("no excerpt of %s has %q any more", onCall, words)
		}
		if !strings.Contains(program, words) {
			t.Errorf("%s shows %q, which the program does not say any more", onCall, words)
		}
	}
	checked := 0
	for _, b := range page.Blocks {
		if s := demonstrated(t, b.Line); b.Language == "text" && s != "" {
			checked += namesOf(t, s, b)
		}
	}
	if checked < 15 {
		t.Errorf("only %d files and roles of demonstrations are in %s", checked, onCall)
	}
}

// sources gives the program's own source.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, path := range filesBelow(t, "internal", "*.go") {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

var aScenario = regexp.MustCompile("^\\(`tufinspect demo ([a-z]+)`\\)$")

// demonstrated gives the demonstration that the section of a line is about, or "".
func demonstrated(t *testing.T, line int) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(projectRoot, filepath.FromSlash(onCall)))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range slices.Backward(strings.Split(string(data), "\n")[:line]) {
		if m := aScenario.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			return m[1]
		}
		if strings.HasPrefix(l, "#") {
			break
		}
	}
	return ""
}

var (
	aRowOfFile = regexp.MustCompile(`^[› ] ([^ :]*(?:/|\.json)[^ :]*) `)
	aRowOfRole = regexp.MustCompile(`[├└]─ ([a-z][a-z-]*) `)
)

// namesOf holds the files and roles of an excerpt against a demonstration, and counts
// them.
func namesOf(t *testing.T, name string, b docs.Block) int {
	t.Helper()
	s, err := demo.FindScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	stage, err := s.Build(demoSeed, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	paths := stage.Repository.Paths()
	for _, l := range stage.Repository.Targets() {
		paths = append(paths, l.Path)
	}
	n := 0
	for i, line := range b.Lines {
		if m := aRowOfFile.FindStringSubmatch(line); m != nil {
			n++
			begin, end, _ := strings.Cut(m[1], "…")
			if !slices.ContainsFunc(paths, func(p string) bool { return strings.HasPrefix(p, begin) && strings.HasSuffix(p, end) }) {
				t.Errorf("%s:%d: demo %s has no %s", onCall, b.Line+i, name, m[1])
			}
		}
		if m := aRowOfRole.FindStringSubmatch(line); m != nil {
			n++
			if stage.Repository.MetaFile(m[1]) == "" {
				t.Errorf("%s:%d: demo %s has no role %s", onCall, b.Line+i, name, m[1])
			}
		}
	}
	return n
}
