package fetch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Whoever is on call looks a diagnosis up by how it begins: the table of the page has
// a row for each, and none for what is never said.
func TestThePageForThoseOnCallHasEveryDiagnosis(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "on-call.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| the diagnosis begins with |")
	table, _, _ = strings.Cut(table, "\n\n")
	var begins []string
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
				begins = append(begins, m[1])
			}
		}
	}
	if !found || len(begins) < 10 {
		t.Fatalf("the table begins %q", begins)
	}
	labels := []string{(&Observation{Proxied: true}).connecting(&Facts{}).Label, (&Observation{Got: 1, Total: -1}).slow().Label}
	for c, label := range causeLabels {
		if Cause(c) != NoCause && Cause(c) != SlowDrip {
			labels = append(labels, label)
		}
	}
	for _, p := range phaseTable {
		labels = append(labels, p.Tells)
	}
	for _, label := range labels {
		if !slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(label, b) }) {
			t.Errorf("no row is for %q", label)
		}
	}
	for _, b := range begins {
		if !slices.ContainsFunc(labels, func(l string) bool { return strings.HasPrefix(l, b) }) {
			t.Errorf("nothing begins with %q any more", b)
		}
	}
}
