package finding_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

var updatePage = flag.Bool("update", false, "write docs/findings.md anew")

// page is docs/findings.md.
func page() string {
	var b strings.Builder
	b.WriteString(`<!-- Written by go test ./internal/finding -run TestThePage -update. Change the catalogue, not this page. -->

# Findings

What an inspection can find, each kind with what it means, what a client sees and what to do. ` + "`tufinspect explain ID`" + ` says the
same in a terminal. Ids are stable: alarms and scripts may compare them.

| severity | what it means |
|---|---|
`)
	for _, s := range []finding.Severity{finding.Critical, finding.Unknown, finding.Warning, finding.Info} {
		fmt.Fprintf(&b, "| %s | %s |\n", s, s.Means())
	}
	b.WriteString("\nIn this catalogue:\n\n")
	for _, s := range finding.Sections() {
		var ids []string
		for _, k := range s.Kinds {
			ids = append(ids, fmt.Sprintf("[%s](#%s)", k.ID, k.ID))
		}
		fmt.Fprintf(&b, "- **%s**: %s\n", s.Title, strings.Join(ids, ", "))
	}
	for _, s := range finding.Sections() {
		fmt.Fprintf(&b, "\n## %s\n", s.Title)
		for _, k := range s.Kinds {
			fmt.Fprintf(&b, "\n### %s\n\n**%s**: %s.\n\n%s\n\n", k.ID, k.Severity, k.Title, markdown(k.About()))
			fmt.Fprintf(&b, "- **A client**: %s\n- **To do**: %s\n", markdown(k.Client), markdown(k.Do))
			if r := k.Rule(); r != "" {
				fmt.Fprintf(&b, "- **Rule**: %s\n", r)
			}
		}
	}
	return b.String()
}

// markdown keeps a page's signs from being read as its form.
func markdown(s string) string {
	return strings.NewReplacer("*", `\*`, "<", `\<`, "_", `\_`).Replace(s)
}

func TestThePageInTheDocsIsThisCatalogue(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "findings.md")
	got := page()
	if *updatePage {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(string(want), "\r\n", "\n") != got {
		t.Errorf("%s is stale: go test ./internal/finding -run TestThePage -update writes it anew", path)
	}
}
