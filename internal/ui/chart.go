package ui

import (
	"time"

	"example.com/tufinspect/internal/measure"
)

// Lines of a chart: its title, what is drawn, and the times below.
const (
	chartLeast = 8 // six of them drawn
	chartMost  = 26
	chartLabel = 10 // cells left of the axis: "1000 KiB/s"
)

// drawChart draws the throughput of the whole run into so many lines.
func (m *model) drawChart(lines int) {
	p, h := &m.p, &m.tally.rates
	cells := m.width - 1 - chartLabel - 1 - 1
	v, until := h.columns(cells)
	most := 0.0
	for _, x := range v {
		most = max(most, x)
	}
	top := scaleTop(most)
	p.put(faint, p.g.rule+" ")
	p.put(bold, "throughput of the whole run")
	if len(v) > 0 {
		p.put(faint, ", each column "+measure.Tenths(columnTime(until, cells))+", at most "+measure.Rate(most))
	}
	p.space(1)
	p.repeat(faint, p.g.rule, m.width-p.col-1)
	p.end()
	if most == 0 {
		p.space(2)
		text := "nothing has come yet"
		if m.st.Targets.Done > 0 {
			text = "what has come was too quick, or too little, to be measured"
		}
		p.put(faint, text)
		p.end()
		return
	}
	rows := (lines - 2) / 2 * 2 // so that half of the scale is the top of a line
	levels := len(p.g.spark)
	for row := range rows {
		label := ""
		switch row {
		case 0:
			label = measure.Rate(top)
		case rows / 2:
			label = measure.Rate(top / 2)
		}
		p.space(1)
		p.right(faint, label, chartLabel)
		p.put(faint, p.g.box[5])
		below := (rows - 1 - row) * levels // levels that the lines under this one show
		line := make([]byte, 0, 3*cells)
		for _, x := range v {
			line = append(line, p.level(x, top, rows*levels, below)...)
		}
		p.put(busy, string(line))
		p.end()
	}
	m.drawTimes(cells, until)
}

// level is the piece of a column that stands in one line. What is more than nothing
// can be seen.
func (p *painter) level(x, top float64, levels, below int) string {
	n := int(x/top*float64(levels) + 0.5)
	if x >= 1 {
		n = max(n, 1)
	}
	n = min(n-below, len(p.g.spark))
	if n <= 0 {
		return " "
	}
	return p.g.spark[n-1]
}

// drawTimes writes below a chart when its columns were, as many as have room.
func (m *model) drawTimes(cells int, until time.Duration) {
	p := &m.p
	p.space(1)
	p.right(faint, "0 B/s", chartLabel)
	start := p.col + 1
	marks := max(2, min(6, cells/12))
	for i := range marks {
		text := clock(until * time.Duration(i) / time.Duration(marks-1))
		at := start + (cells-1)*i/(marks-1)
		switch i {
		case 0:
		case marks - 1:
			at -= widthOf(text) - 1
		default:
			at -= widthOf(text) / 2
		}
		p.to(at)
		p.put(faint, text)
	}
	p.end()
}

// columnTime is how much time a column stands for.
func columnTime(until time.Duration, cells int) time.Duration {
	return max(until/time.Duration(max(cells, 1)), 100*time.Millisecond)
}

// scaleTop is where the scale of a chart ends: 1, 2 or 5 times a power of ten of the
// largest unit, and not less than what is to be drawn.
func scaleTop(most float64) float64 {
	unit := 1.0
	for most > 1000*unit && unit < 1<<60 {
		unit *= 1024
	}
	for _, step := range [...]float64{1, 2, 5, 10, 20, 50, 100, 200, 500} {
		if most <= step*unit {
			return step * unit
		}
	}
	return 1000 * unit
}
