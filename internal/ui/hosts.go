package ui

import (
	"cmp"
	"fmt"
	"slices"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// hostsView is the view of the hosts and of the addresses that answer for them: who of
// them is silent, how many files wait for it, and below the table what is known of the
// one under the cursor and how fast the whole run has been.
type hostsView struct {
	scroller
	rows []hostRow
	at   hostKey // what the cursor follows, if anything
}

// hostKey names a row.
type hostKey struct {
	host, behind, address string
	sum                   bool // of a host
}

// hostRow is a host with the sum of its addresses, or one of several addresses of it.
type hostRow struct {
	hostKey
	engine.HostChanged
	queued int // files still to come
	silent int // attempts that are stalled now
	rank   hostRank
	held   *engine.BreakerChanged // or given up; nil while the queue flows
}

// hostRank is a place among the hosts: the worst comes first.
type hostRank uint8

const (
	hostGivenUp hostRank = iota
	hostHeld
	hostSilent  // an attempt at it is stalled
	hostFailing // an attempt at it has failed
	hostWell
)

// collect makes the rows. The worst hosts come first, and those that are as bad as each
// other stay in the order in which they were first seen: by rate they would change
// places every second.
func (v *hostsView) collect(m *model) {
	groups := map[string][]engine.HostChanged{}
	var names []string
	add := func(name string) {
		if _, known := groups[name]; !known {
			groups[name] = nil
			names = append(names, name)
		}
	}
	for i := range m.st.Hosts {
		h := &m.st.Hosts[i]
		if h.Address == "" && h.Active == 0 && h.Failed == 0 {
			continue // attempts have come to an address from here
		}
		add(h.Host)
		groups[h.Host] = append(groups[h.Host], *h)
	}
	for i := range m.st.Breakers {
		add(m.st.Breakers[i].Host)
	}
	// Hosts of files that nobody has been asked for yet.
	seen := len(names)
	for name, n := range m.tally.hosts {
		if *n > 0 {
			add(name)
		}
	}
	slices.Sort(names[seen:])
	silent := m.silentAt()
	hosts := make([]hostRow, 0, len(names))
	for _, name := range names {
		hosts = append(hosts, m.hostSum(name, groups[name], silent))
	}
	slices.SortStableFunc(hosts, func(a, b hostRow) int { return cmp.Compare(a.rank, b.rank) })
	v.rows = v.rows[:0]
	for _, r := range hosts {
		v.rows = append(v.rows, r)
		if of := groups[r.host]; len(of) > 1 {
			from := len(v.rows)
			for i := range of {
				h := of[i]
				key := hostKey{h.Host, h.Behind, h.Address, false}
				n := silent[key]
				v.rows = append(v.rows, hostRow{hostKey: key, HostChanged: h, silent: n, rank: rankOf(&h, nil, n)})
			}
			slices.SortStableFunc(v.rows[from:], func(a, b hostRow) int { return cmp.Compare(a.rank, b.rank) })
		}
	}
	for i := range v.rows {
		if v.rows[i].hostKey == v.at {
			v.top += i - v.row // it stays where it is on screen
			v.row = i
		}
	}
	v.n = len(v.rows)
	v.to(v.row) // hosts that nothing is to come from any more may have gone
}

// hostSum adds up the addresses of a host. Percentiles do not add up: those of several
// addresses stand with each of them.
func (m *model) hostSum(name string, of []engine.HostChanged, silent map[hostKey]int) hostRow {
	sum := engine.HostChanged{Host: name, Open: -1}
	for i := range of {
		h := &of[i]
		sum.Active += h.Active
		sum.Waiting += h.Waiting
		sum.Bytes += h.Bytes
		sum.Rate += h.Rate
		sum.Failed += h.Failed
		if h.Open >= 0 {
			sum.Open = max(sum.Open, 0) + h.Open
		}
		for _, e := range h.Errors {
			if k := slices.IndexFunc(sum.Errors, func(c engine.Count) bool { return c.Text == e.Text }); k >= 0 {
				sum.Errors[k].N += e.N
			} else {
				sum.Errors = append(sum.Errors, e)
			}
		}
	}
	slices.SortStableFunc(sum.Errors, func(a, b engine.Count) int { return cmp.Compare(b.N, a.N) })
	if len(of) == 1 {
		sum.Address, sum.Behind, sum.FirstByteP50, sum.FirstByteP95 = of[0].Address, of[0].Behind, of[0].FirstByteP50, of[0].FirstByteP95
	}
	r := hostRow{hostKey: hostKey{host: name, sum: true}, HostChanged: sum, queued: m.tally.waiting(name)}
	for i := range m.st.Breakers {
		b := &m.st.Breakers[i]
		if b.Host == name && (b.State == engine.GivenUp || b.State == engine.Held && !m.still()) {
			r.held = b
		}
	}
	r.silent = silent[r.hostKey]
	r.rank = rankOf(&sum, r.held, r.silent)
	return r
}

// silentAt counts the stalled attempts of each host and of each of its addresses.
func (m *model) silentAt() map[hostKey]int {
	n := map[hostKey]int{}
	for id := range m.tally.laggards {
		it := m.st.Items.At(int(id))
		if it.State != engine.Stalled {
			continue
		}
		name := hostOf(it)
		n[hostKey{host: name, sum: true}]++
		behind, address := peerOf(it)
		n[hostKey{name, behind, address, false}]++
	}
	return n
}

func rankOf(h *engine.HostChanged, b *engine.BreakerChanged, silent int) hostRank {
	switch {
	case b != nil && b.State == engine.GivenUp:
		return hostGivenUp
	case b != nil:
		return hostHeld
	case silent > 0:
		return hostSilent
	case h.Failed > 0:
		return hostFailing
	}
	return hostWell
}

// rewound forgets the rows. The cursor follows its host when that is there again.
func (v *hostsView) rewound() { v.rows, v.n = v.rows[:0], 0 }

// current is the row under the cursor, or nil.
func (v *hostsView) current() *hostRow {
	if v.row >= len(v.rows) {
		return nil
	}
	return &v.rows[v.row]
}

// point says that a person has put the cursor where it is: it follows its row from then
// on. On the first row it stays on whatever is worst.
func (v *hostsView) point() {
	v.at = hostKey{}
	if r := v.current(); r != nil && v.row > 0 {
		v.at = r.hostKey
	}
}

func (v *hostsView) act(m *model, a action) {
	v.collect(m)
	switch {
	case v.scroller.act(a):
		v.point()
	case a == actNextHit:
		v.nextTrouble(m, 1)
	case a == actPrevHit:
		v.nextTrouble(m, -1)
	case a == actOpen:
		if r := v.current(); r != nil {
			m.showFilesOf(&r.hostKey)
		}
	}
}

// nextTrouble moves to the next host or address that is not well.
func (v *hostsView) nextTrouble(m *model, by int) {
	n := len(v.rows)
	for i := 1; i <= n; i++ {
		row := ((v.row+by*i)%n + n) % n
		if v.rows[row].rank < hostWell {
			v.to(row)
			v.point()
			return
		}
	}
	m.news.answer("no host here is in trouble", m.clock())
}

// showFilesOf shows the files of a host, or those that were last fetched from one of
// its addresses.
func (m *model) showFilesOf(k *hostKey) {
	text := ""
	switch {
	case k.address != "":
		text = "host:" + k.address
	case k.host != "local": // a folder, from which all files come
		text = "host:" + k.host
	}
	m.showFiltered(text)
}

// showFiltered shows the files that fit a filter, from the first.
func (m *model) showFiltered(text string) {
	m.filter.problems = false
	m.find.set(text)
	m.setFilter(text)
	m.list.release(m.clock())
	m.show(viewTargets)
}

func (v *hostsView) footer(_ *model, a action) string {
	if a == actOpen {
		return "its files"
	}
	return ""
}

func (v *hostsView) click(_ *model, row int) {
	if i := v.top + row - 1; row > 0 && row <= v.height && i < len(v.rows) {
		v.to(i)
		v.point()
	}
}

func (v *hostsView) copy(m *model, line bool) string {
	v.collect(m)
	r := v.current()
	if r == nil {
		return ""
	}
	name := r.Address
	if name == "" || r.sum && r.Address != "" && !line {
		name = r.host
	}
	if !line {
		return name
	}
	text := r.host + "  " + hostText(&r.HostChanged, m.p.g.times)
	if r.sum && r.queued > 0 {
		text += ", " + measure.Count(r.queued, "file") + " to come"
	}
	if r.held != nil {
		text += ", " + r.held.State.String() + ": " + r.held.Why
	}
	return text
}

// layout shares the rows out: the table, what is known of the row under the cursor,
// and the chart where six lines of it are left.
func (v *hostsView) layout(rows, facts int) (table, below, chart int) {
	table = min(1+len(v.rows), max(4, rows/2))
	rest := rows - table
	below = min(facts, rest)
	switch room := rest - min(below, 7); { // the facts can do with seven lines
	case room < chartLeast:
		return table, below, 0
	default:
		chart = min(max(rest-below, chartLeast), chartMost)
		return table, min(below, rest-chart), chart
	}
}

func (v *hostsView) draw(m *model, rows int) {
	p := &m.p
	v.collect(m)
	end := p.rows + rows
	facts := m.hostFacts(v.current())
	table, below, chart := v.layout(rows, len(facts)+1)
	if len(v.rows) == 0 {
		table, below = 2, 0
	}
	v.resize(len(v.rows), table-1)
	v.drawTable(m)
	if r := v.current(); r != nil && below > 1 {
		m.drawHostFacts(r, facts, below)
	}
	if chart > 0 {
		p.fill(end - chart)
		m.drawChart(chart)
	}
}

func (v *hostsView) drawTable(m *model) {
	p := &m.p
	c := hostColumnsAt(m.width)
	c.head(p, v)
	if len(v.rows) == 0 {
		p.space(2)
		switch {
		case m.st.Settled && m.st.Targets.Done > 0:
			p.put(faint, "no host: the files are read from a folder")
		case m.over:
			p.put(faint, "the run ended before a host was asked")
		default:
			p.put(faint, "no host has been asked yet")
		}
		p.end()
		return
	}
	for i := v.top; i < v.end(); i++ {
		p.gutter(i == v.row)
		p.space(1)
		c.draw(m, &v.rows[i])
		p.end()
	}
}

// title is the head of the first column, with the part that is shown if there is more.
func (v *hostsView) title() string {
	if v.n > v.height {
		return fmt.Sprintf("HOST / ADDRESS  %d-%d of %d", v.top+1, v.end(), v.n)
	}
	return "HOST / ADDRESS"
}
