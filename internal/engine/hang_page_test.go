package engine

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/fetch"
)

var updatePage = flag.Bool("update", false, "write docs/hang-matrix.md anew")

// remarks are what the page says of cells that are not played as the table would
// have it, each with the reason.
const remarks = `- Causes 1, 2, 4, 7, 10, 12 and 16 need a kernel's word (a SYN that is sent again, segments that nobody acknowledges). In memory
  the connection gives it, with the times that Linux has.
- Cause 12 is played with bytes that wait in the socket. The program's own sink cannot be made to refuse bytes: it hashes them, or
  keeps them in memory, and neither waits for anything.
- Causes 13 and 15 need another request at the same time. Beside a delegated role or a target file that is another target of the
  run, and cause 13 names it. Root, timestamp, snapshot and top-level targets are fetched before any target is known: there another
  request of the same client is under way, and cause 13 is *likely*, not *certain*, because the run does not know of it.
- Cause 11 does not stand still, so there is no stall, and *retry* is refused with "it is under way". Its retry is a cancel and a
  retry.
- Causes 5 and 6 cannot be told apart from outside, and the label says so.
- The phases queued and verify wait for nothing outside and have no cause here; verification that does not end is given up after
  90 s. In the phase send nothing is seen to stall: net/http calls an HTTP/1.1 request written before it has left its buffer, so
  that a peer that takes no bytes shows in the phase headers, with "server: alive, takes no bytes".
`

// page is docs/hang-matrix.md.
func (x *shared) page() string {
	var b strings.Builder
	b.WriteString(`<!-- Written by go test ./internal/engine -run TestHangMatrix -update. Change the test, not this page. -->

# Where an inspection can hang, and what it says then

An attempt at a file is in one of ten phases. Each wait has an owner and a limit: the transport ends its own phases after a fixed
time, the run's stall limit (` + "`--stall-after`" + `) ends silence in the others. The stall clock counts in all phases, so with a limit
below that of the transport a stall is shown first.

## Phases

| phase | entered by | left by | limit | a stall is shown as | with the phase alone |
|---|---|---|---|---|---|
`)
	for p := range fetch.Phase(fetch.NumPhases) {
		info := p.Info()
		limit := info.Owner.String()
		switch info.Owner {
		case fetch.Fixed:
			limit = info.Limit.String()
		case fetch.Unlimited:
			limit = "– (waits for nothing outside)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", p, info.Entered, info.Left, limit, info.Short, info.Tells)
	}
	b.WriteString(`
## Causes

What is seen is that of a target file, with the stall limit in brackets. The certainty is *guess* when it follows from the phase
alone, *likely* when the system's word for the connection speaks for it, *certain* when it leaves no other explanation.
`)
	for _, p := range plays {
		s := x.seen[p]
		fmt.Fprintf(&b, "\n### %s %s\n\n", p.number, p.name)
		fmt.Fprintf(&b, "- **says**: `%s`\n", s.Label)
		fmt.Fprintf(&b, "- **how sure**: %s; first shown after %s (%s)\n", s.Certainty, s.after.Round(100*time.Millisecond), p.stall)
		state := "stalled, " + p.phase.Info().Short
		if p.moves {
			state = "transferring"
		}
		fmt.Fprintf(&b, "- **phase**: %s; **state**: %s; **cause**: `%s`\n", p.phase, state, p.cause)
		fmt.Fprintf(&b, "- **what is seen**: %s\n", strings.Join(s.Evidence, "; "))
		fmt.Fprintf(&b, "- **played**: %s\n", p.how)
	}
	b.WriteString("\n## Cells\n\nEvery cause is played with every file, and everything is done about it: ")
	for i, a := range hangActions {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(a))
	}
	b.WriteString(`. In each
cell the stall is shown within the stall limit and a second, with the phase and the cause above; a cancelled attempt gives its slot and
its connection back within 100 ms; a retry after the network has recovered ends with everything verified at the second attempt; quitting
takes less than a second; the deadline ends the run when it is reached; each command is answered once; and nothing is left: no goroutine,
no connection. What did not end verified is never called healthy.

| # | cause |`)
	for _, f := range hangFiles {
		fmt.Fprintf(&b, " %s |", f.kind)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(hangFiles)) + "\n")
	sum := 0
	for _, p := range plays {
		fmt.Fprintf(&b, "| %s | %s |", p.number, p.name)
		for _, f := range hangFiles {
			n := x.passed[hangPlace{p, f.kind}]
			sum += n
			fmt.Fprintf(&b, " %d of %d |", n, len(hangActions))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nPassed: %d of %d.\n\n## Not quite as the table has it\n\n", sum, x.cells())
	b.WriteString(remarks)
	return b.String()
}

// cells is how many there are.
func (x *shared) cells() int { return len(plays) * len(hangFiles) * len(hangActions) }

// checkPage compares the page with the one in the docs, or writes it.
func (x *shared) checkPage(t *testing.T) {
	t.Helper()
	sum := 0
	for _, n := range x.passed {
		sum += n
	}
	if sum != x.cells() {
		t.Logf("%d of %d cells were played and passed: the page is not looked at", sum, x.cells())
		return
	}
	path := filepath.Join("..", "..", "docs", "hang-matrix.md")
	got := x.page()
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
	if text := strings.ReplaceAll(string(want), "\r\n", "\n"); text != got {
		t.Errorf("%s is stale (go test -run TestHangMatrix -update writes it anew):\n%s", path, firstDifference(text, got))
	}
}

// firstDifference shows the first lines that differ.
func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(as), len(bs))
}
