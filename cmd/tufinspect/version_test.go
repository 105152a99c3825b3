package main

import (
	"encoding/json"
	"maps"
	"runtime/debug"
	"slices"
	"testing"

	"example.com/tufinspect/internal/safe"
)

// stamp is what Go knows of a build from a checkout.
func stamp() *debug.BuildInfo {
	return &debug.BuildInfo{
		Main: debug.Module{Path: "example.com/tufinspect", Version: "v1.2.3"},
		Deps: []*debug.Module{
			{Path: "github.com/charmbracelet/bubbletea", Version: "v1.3.10"},
			{Path: "github.com/charmbracelet/lipgloss", Version: "v1.1.0", Replace: &debug.Module{Path: "../lipgloss"}},
			{Path: "github.com/theupdateframework/go-tuf/v2", Version: "v2.4.2"},
		},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "stampedstampedstampedstampedstampedstamp"},
			{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
			{Key: "vcs.modified", Value: "true"},
		},
	}
}

func TestAStampTellsOfABuildThatNobodyHasNamed(t *testing.T) {
	b := buildInfo{OS: "plan9", Arch: "mips", Go: "go1.99"}
	b.stamped(stamp())
	want := `tufinspect 1.2.3 (plan9/mips)
  commit      stampedstampedstampedstampedstampedstamp, 2026-01-02T03:04:05Z, with changes
  go          go1.99
  go-tuf      v2.4.2
  Bubble Tea  v1.3.10
  Lip Gloss   ../lipgloss
`
	if got := b.text(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestWhatTheLinkerWasToldIsNotMixedWithAStamp(t *testing.T) {
	clean := false
	b := buildInfo{Version: "2.0.0", Commit: "linked", Dirty: &clean}
	b.stamped(stamp())
	if b.Version != "2.0.0" || b.Commit != "linked" || b.CommitDate != "" || *b.Dirty || b.GoTUF != "v2.4.2" {
		t.Errorf("%+v", b)
	}
	if got := b.commitText(); got != "linked, clean" {
		t.Error(got)
	}
}

// Whoever builds may give anything, by a slip or to deceive who reads it.
func TestWhatTheLinkerWasToldIsLookedAt(t *testing.T) {
	b := linked("1.0\x1b[2J", "c\nd", "2026-01-02T04:04:05+01:00", "true")
	if b.Version != safe.Text("1.0\x1b[2J") || b.Commit != safe.Text("c\nd") || b.CommitDate != "2026-01-02T03:04:05Z" || b.Dirty == nil || !*b.Dirty {
		t.Errorf("%+v", b)
	}
	b = linked("1.0", "c", "yesterday", "perhaps")
	if b.CommitDate != "" || b.Dirty != nil || b.commitText() != "c, perhaps with changes" {
		t.Errorf("%+v", b)
	}
}

func TestABuildOfWhichNothingIsKnownSaysSo(t *testing.T) {
	b := buildInfo{}
	b.stamped(&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}})
	if b.Version != "" || b.Dirty != nil || b.commitText() != "" {
		t.Errorf("%+v", b)
	}
	if got := (buildInfo{Commit: "c"}).commitText(); got != "c, perhaps with changes" {
		t.Error(got)
	}
}

// The names of the fields are a promise.
func TestTheJSONFormOfTheVersionIsStable(t *testing.T) {
	text, err := json.Marshal(readBuildInfo())
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"schema", "version", "commit", "commit_date", "dirty", "go", "os", "arch", "go_tuf", "bubble_tea", "lip_gloss",
	} {
		if _, ok := fields[name]; !ok {
			t.Errorf("%s is missing: %s", name, text)
		}
		delete(fields, name)
	}
	if len(fields) > 0 {
		t.Errorf("%v are new: add them here and to docs/release.md", slices.Sorted(maps.Keys(fields)))
	}
}
