package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// result is a workload that was measured.
type result struct {
	workload
	server string
	small  bool // it is a small version
	series []*series
}

// rows are the lines of a result's table. Ratios are to the first series.
func (r *result) rows() [][]string {
	base := r.base
	if base == "" {
		base = "floor"
	}
	rows := [][]string{{"", "time", "× " + base, "CPU", "× " + base, "peak memory", ""}}
	for _, s := range r.series {
		rows = append(rows, r.row(s))
	}
	return rows
}

func (r *result) row(s *series) []string {
	row := make([]string, 7)
	row[0] = s.name
	if len(s.samples) == 0 {
		row[6] = firstLine(s.note)
		return row
	}
	base := r.series[0]
	row[1], row[3] = seconds(median(s.walls())), seconds(median(s.cpus()))
	row[5] = mebibytes(median(s.peaks()))
	if len(base.samples) > 0 {
		row[2], row[4] = times(pairs(s.walls(), base.walls())), times(pairs(s.cpus(), base.cpus()))
	}
	if s.once {
		row[6] = "run once"
	}
	if s.cut {
		for i := range 4 {
			row[i+1] = "> " + row[i+1]
		}
		row[6] = "ended at the limit"
	}
	return row
}

func times(x float64) string { return fmt.Sprintf("%.2f", x) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// verdicts are lines on the goals, for each inspector.
func (r *result) verdicts() []string {
	var lines []string
	for _, g := range r.goals {
		for _, s := range r.series {
			if !s.inspector {
				continue
			}
			text, met, ok := g.reached(s, r.series)
			word := "NOT MET"
			switch {
			case !ok:
				text, word = "–", "not measured"
			case met:
				word = "met"
			}
			lines = append(lines, fmt.Sprintf("goal: %s; %s: %s, %s", g, s.name, text, word))
		}
	}
	return lines
}

// comparisons are lines on the other checkouts, in pairs with the first: what a change does.
func (r *result) comparisons() []string {
	var first *series
	var lines []string
	for _, s := range r.series {
		switch {
		case !s.tree:
		case first == nil:
			first = s
		case len(s.samples) > 0 && len(first.samples) > 0:
			lines = append(lines, fmt.Sprintf("%s, × %s: time %.2f, CPU %.2f, peak memory %.2f", s.name, first.name,
				pairs(s.walls(), first.walls()), pairs(s.cpus(), first.cpus()), pairs(s.peaks(), first.peaks())))
		}
	}
	return lines
}

// lines are what stands under the table. Small versions reach no goal: what they take is
// mostly their start.
func (r *result) lines() []string {
	if r.small {
		return r.comparisons()
	}
	return append(r.comparisons(), r.verdicts()...)
}

// failed are the contenders that were to run and have not done their work.
func (r *result) failed() int {
	n := 0
	for _, s := range r.series {
		if s.note != "" && s.note != notHere {
			n++
		}
	}
	return n
}

// print writes a result as text.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "%s  %s  (%s)\n", r.name, r.title, r.server)
	rows := r.rows()
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			switch i {
			case 0:
				b.WriteString("  " + cell + gap)
			case len(row) - 1:
				b.WriteString("  " + cell)
			default:
				b.WriteString("  " + gap + cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	for _, line := range r.lines() {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintln(w)
}

// markdown writes a result as a section with a table.
func (r *result) markdown(w io.Writer) {
	fmt.Fprintf(w, "### %s: %s\n\nServed by %s.\n\n", r.name, r.title, r.server)
	for i, row := range r.rows() {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = strings.ReplaceAll(cell, "|", `\|`)
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			fmt.Fprintf(w, "|---%s|---|\n", strings.Repeat("|---:", len(row)-2))
		}
	}
	fmt.Fprintln(w)
	for _, line := range r.lines() {
		fmt.Fprintf(w, "- %s\n", line)
	}
	fmt.Fprintln(w)
}

// benchfmt writes every run as a line of Go's benchmark format, for benchstat.
func (r *result) benchfmt(w io.Writer) {
	for _, s := range r.series {
		name := strings.NewReplacer(" ", "_", ",", "", "(", "", ")", "", "/", "-").Replace(s.name)
		for _, x := range s.samples {
			fmt.Fprintf(w, "Benchmark%s/%s 1 %d ns/op %d cpu-ns/op %d peak-bytes\n", r.name, name, x.Wall.Nanoseconds(), x.CPU.Nanoseconds(), x.Peak)
		}
	}
}
