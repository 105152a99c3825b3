package engine

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// manner is how one host answers.
type manner struct {
	name string

	bodies   [2]int // answers that brought bytes: of metadata, of targets
	noLength [2]int // of them, those whose length was not announced
	files    int    // answers with a file, whether its bytes were taken or not
	encoded  int    // of them, those that are labelled as encoded
	encoding string // the first such label

	resumes  int // answers to a request for the rest of a file
	restarts int // of them, those with the whole of it

	date, here time.Time     // of the answer whose clock differs least
	apart      time.Duration // by so much; it is ahead if positive

	rates   []float64 // bytes a second of large bodies; a ring
	next    int
	longest int64 // the longest file that was brought whole
	called  string
}

// Limits of what is said.
const (
	// clocksApart is how much two clocks may differ without a word.
	clocksApart = 5 * time.Minute
	// ratesKept bounds the sample of which the median is taken.
	ratesKept = 256
	// leastBody is how large a body must be for its rate to mean something: smaller
	// ones are over before a connection has found its pace.
	leastBody = 64 << 10
	// fewRates is how many such bodies must have been measured.
	fewRates = 3
	// toughBears is how long tough's HTTP transport tries at one file: it ends a request
	// after 30 s, its body included, and begins another four where the last one broke
	// off (HttpTransportBuilder's timeout and tries). go-tuf waits without end, and
	// python-tuf for as long as there is no pause of 30 s.
	toughBears = 5 * 30 * time.Second
	// fairRate is the rate, in bytes a second, from which on a host is not called slow,
	// however large its files are.
	fairRate = 1 << 20
)

// compareClock compares the clock behind an answer with the one here. The server has
// read its own somewhere between request and answer. The answer of a cache has the
// time at which it was stored, so it says nothing; not all caches say that they are
// ones, so the answer that differs least is the one that counts.
func (m *manner) compareClock(an *fetch.Answer) {
	if an.Date.IsZero() || an.Aged {
		return
	}
	var apart time.Duration
	switch {
	case an.Date.After(an.Came):
		apart = an.Date.Sub(an.Came)
	case an.Date.Before(an.Asked):
		apart = an.Date.Sub(an.Asked)
	}
	if m.date.IsZero() || apart.Abs() < m.apart.Abs() {
		m.date, m.here, m.apart = an.Date, an.Came, apart
	}
}

func (m *manner) clockFinding() []finding.Finding {
	if m.date.IsZero() || m.apart.Abs() <= clocksApart {
		return nil
	}
	which := "ahead of"
	if m.apart < 0 {
		which = "behind"
	}
	there, here := m.date.UTC().Format(time.RFC3339), m.here.UTC().Format(time.RFC3339)
	f := finding.New(finding.ClockDiffers, m.name, "its clock is %s %s the one here: it said %s when it was %s here", measure.Age(m.apart.Abs()), which, there, here)
	return []finding.Finding{f.With("there", there).With("here", here)}
}

// count notes in which form an answer brought its file.
func (m *manner) count(it *item, a *attempt, an *fetch.Answer) {
	if !brings(an.Status) {
		return
	}
	m.files++
	if an.Encoding != "" {
		m.encoded++
		if m.encoding == "" {
			m.encoding = an.Encoding
		}
	}
	if a.wire.Load() == 0 {
		return
	}
	kind := 0
	if it.kind != Metadata {
		kind = 1
	}
	m.bodies[kind]++
	if an.NoLength {
		m.noLength[kind]++
	}
}

// resumed notes what came of a request for the rest of a file. A server that has
// another file by now has to send the whole of it (RFC 9110, 13.1.5).
func (m *manner) resumed(a *attempt, resp *fetch.Response, an *fetch.Answer) {
	if a.part.at == 0 || resp == nil || !brings(an.Status) {
		return
	}
	m.resumes++
	if an.Status == http.StatusOK && (a.part.validator == "" || a.part.validator == resp.Validator) &&
		(a.part.whole < 0 || an.Whole < 0 || a.part.whole == an.Whole) {
		m.restarts++
	}
}

// timed notes the rate of a body that has come to its end, while so many attempts were
// under way: they have shared what this machine's line carries, so a client alone may
// have had all of it.
func (m *manner) timed(it *item, a *attempt, shared int) {
	length := max(it.length(), a.wire.Load())
	if length > m.longest {
		m.longest, m.called = length, it.name()
	}
	wire := a.wire.Load()
	took, ok := a.bodyTook()
	if !ok || took <= 0 || wire < leastBody {
		return
	}
	rate := float64(wire) / took.Seconds() * float64(shared)
	if len(m.rates) < ratesKept {
		m.rates = append(m.rates, rate)
		return
	}
	m.rates[m.next] = rate
	m.next = (m.next + 1) % ratesKept
}

// name is what people call an item.
func (it *item) name() string {
	if it.meta != nil {
		return safe.Text(it.meta.name)
	}
	return safe.Text(it.path())
}

// bodyTook is how long the body of an attempt took up to its last byte.
func (a *attempt) bodyTook() (time.Duration, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.nmarks {
		if a.marks[i].Phase == fetch.Body {
			end := time.Duration(a.last.Load())
			if i+1 < a.nmarks { // verification
				end = a.marks[i+1].at
			}
			return end - a.marks[i].at, true
		}
	}
	return 0, false
}

// findings is what the sums say.
func (m *manner) findings() []finding.Finding {
	var list []finding.Finding
	add := func(f finding.Finding) { list = append(list, f) }
	if m.encoded > 0 {
		add(finding.New(finding.ContentEncoding, m.name, "%d of %s with a file say Content-Encoding: %s", m.encoded, counted(m.files, "answer"), m.encoding))
	}
	if n := m.noLength[0] + m.noLength[1]; n > 0 {
		f := finding.New(finding.ContentLengthMissing, m.name, "%d of %s with a file have no Content-Length", n, counted(m.bodies[0]+m.bodies[1], "answer"))
		add(f.With("metadata", share(m.noLength[0], m.bodies[0])).With("target files", share(m.noLength[1], m.bodies[1])))
	}
	if m.restarts > 0 {
		add(finding.New(finding.NoRange, m.name, "%d of %s began again at the start: the server sent the whole file when it was asked for the rest", m.restarts, counted(m.resumes, "resumed download")))
	}
	if len(m.rates) >= fewRates {
		median := slices.Sorted(slices.Values(m.rates))[len(m.rates)/2]
		if takes := float64(m.longest) / median; median < fairRate && takes > toughBears.Seconds() {
			f := finding.New(finding.SlowServer, m.name, "half of the files come at less than %s: %s (%s) takes %s, and clients based on tough give up a file after %s",
				measure.Rate(median), m.called, measure.Size(m.longest), measure.Age(time.Duration(takes*float64(time.Second))), measure.Age(toughBears))
			add(f.With("measured", counted(len(m.rates), "file")+" of 64 KiB and more"))
		}
	}
	return list
}

// share is "2 of 5", or "" for none at all.
func share(n, of int) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", n, of)
}

func counted(n int, noun string) string { return measure.Count(n, noun) }
