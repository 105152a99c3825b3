package har

import (
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// none is the time of what has not taken place.
const none = -1

// timings are those of the format, in microseconds, and verify, which is not of the
// network and does not count. A phase that is missing is [none] where the format allows
// that, which is not so for send, wait and receive.
type timings struct {
	blocked, dns, connect, ssl, send, wait, receive, verify int64
}

// micros is a time in whole microseconds. Moments are cut to them before they are
// subtracted, so that the parts add up to the whole.
func micros(d time.Duration) int64 { return d.Microseconds() }

// timingsOf shares the time of a request, from begin to end, out among its phases. What was
// before the first of them counts as blocked: that is the wait for a connection, and for
// a file of a folder the way to the disk.
func timingsOf(marks []engine.TimedMark, begin, end time.Duration) timings {
	t := timings{dns: none, connect: none, ssl: none, verify: none}
	from, last := micros(begin), max(micros(begin), micros(end))
	phase := fetch.Pool
	for _, m := range marks {
		at := min(max(micros(m.At), from), last)
		t.add(phase, at-from)
		phase, from = m.Phase, at
	}
	t.add(phase, last-from)
	return t
}

// add adds the time of a phase.
func (t *timings) add(p fetch.Phase, d int64) {
	switch p {
	case fetch.DNS:
		t.dns = max(t.dns, 0) + d
	case fetch.TLS:
		t.ssl = max(t.ssl, 0) + d
		t.connect = max(t.connect, 0) + d // the format wants it in both
	case fetch.Connect, fetch.Proxy:
		t.connect = max(t.connect, 0) + d
	case fetch.Send:
		t.send += d
	case fetch.Headers:
		t.wait += d
	case fetch.Body:
		t.receive += d
	case fetch.Verify:
		t.verify = max(t.verify, 0) + d
	default:
		t.blocked += d
	}
}

// sum is the time of the whole entry: all that has taken place, and ssl once, as a part
// of connect.
func (t *timings) sum() int64 {
	return t.blocked + max(t.dns, 0) + max(t.connect, 0) + t.send + t.wait + t.receive
}

func (e *entry) timings(t *timings) {
	e.raw(`,"timings":{"blocked":`)
	e.micros(t.blocked)
	e.raw(`,"dns":`)
	e.micros(t.dns)
	e.raw(`,"connect":`)
	e.micros(t.connect)
	e.raw(`,"send":`)
	e.micros(t.send)
	e.raw(`,"wait":`)
	e.micros(t.wait)
	e.raw(`,"receive":`)
	e.micros(t.receive)
	e.raw(`,"ssl":`)
	e.micros(t.ssl)
	e.raw("}")
}
