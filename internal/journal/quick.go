package journal

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
)

// quick reads the data of the events of which nearly all of a recording consists: some for
// each file. It takes only what appendEvent writes, field by field in that order, and only
// texts that are printable as they stand. Anything else it leaves to the reader of JSON,
// which takes several times as long: to go back in a recording is to read it anew. What
// both take they read as the same. A nil one takes nothing.
type quick struct {
	rest []byte
	bad  bool // it is not as appendEvent writes it
	// words are texts that many events have in common, as one string for all of them.
	words map[string]string
}

// quickWords is how many of them are kept.
const quickWords = 256

// body reads the data of an event. It gives false for what is to be read as any JSON.
func (q *quick) body(kind string, data []byte) (engine.Body, bool) {
	if q == nil {
		return nil, false
	}
	q.rest, q.bad = data, false
	var b engine.Body
	switch kind {
	case "state-changed":
		b = q.stateChanged()
	case "phases-entered":
		b = q.phasesEntered()
	case "responded":
		b = q.responded()
	case "progress":
		b = q.progress()
	case "items-found":
		b = q.itemsFound()
	}
	return b, b != nil && !q.bad && len(q.rest) == 0
}

func (q *quick) stateChanged() engine.Body {
	var b engine.StateChanged
	q.itemAndAttempt(&b.Item, &b.Attempt)
	q.must(`,"from":`)
	b.From = q.state()
	q.must(`,"to":`)
	b.To = q.state()
	if q.has(`,"reason":`) {
		b.Reason = q.text()
	}
	if q.has(`,"next_ns":`) {
		b.Next = time.Duration(q.int())
	}
	if q.has(`,"done":`) {
		b.Done = q.int()
	}
	q.must(`}`)
	if q.bad {
		return nil
	}
	return b
}

func (q *quick) phasesEntered() engine.Body {
	var b engine.PhasesEntered
	q.itemAndAttempt(&b.Item, &b.Attempt)
	if q.has(`,"marks":[`) {
		b.Marks = make([]engine.TimedMark, 0, bytes.Count(q.rest, []byte(`"phase"`)))
		for more := true; more && !q.bad; more = q.has(`,`) {
			var m engine.TimedMark
			q.must(`{"phase":`)
			m.Phase = q.phase()
			q.must(`,"at_ns":`)
			m.At = time.Duration(q.int())
			q.must(`}`)
			b.Marks = append(b.Marks, m)
		}
		q.must(`]`)
	}
	if q.has(`,"address":`) {
		b.Address = q.known()
	}
	b.Reused = q.has(`,"reused":true`)
	q.must(`}`)
	if q.bad {
		return nil
	}
	return b
}

func (q *quick) responded() engine.Body {
	var b engine.Responded
	q.itemAndAttempt(&b.Item, &b.Attempt)
	q.must(`,"response":{`)
	if q.has(`"status":`) {
		b.Response.Status = q.small()
		if q.has(`,"protocol":`) {
			b.Response.Protocol = q.known()
		}
	} else { // a folder's
		q.must(`"protocol":`)
		b.Response.Protocol = q.known()
	}
	if q.has(`,"tls":`) {
		b.Response.TLS = q.known()
	}
	if q.has(`,"length":-1`) {
		b.Response.Length = -1
	} else if q.has(`,"length":`) {
		b.Response.Length = q.int()
	}
	if q.has(`,"header":{`) {
		q.header(&b.Response)
	}
	q.must(`}}`)
	if q.bad {
		return nil
	}
	return b
}

func (q *quick) header(r *fetch.Response) {
	r.Header = make(map[string]string, 4)
	for more := true; more && !q.bad; more = q.has(`,`) {
		name := q.known()
		q.must(`:`)
		switch name {
		case "ETag", "Location": // each file has its own
			r.Header[name] = q.text()
		default:
			r.Header[name] = q.known()
		}
	}
	q.must(`}`)
}

func (q *quick) progress() engine.Body {
	var b engine.Progress
	q.itemAndAttempt(&b.Item, &b.Attempt)
	if q.has(`,"done":`) {
		b.Done = q.int()
	}
	if q.has(`,"rate":`) {
		b.Rate = q.float()
	}
	q.must(`}`)
	if q.bad {
		return nil
	}
	return b
}

func (q *quick) itemAndAttempt(item *engine.ItemID, attempt *int) {
	q.must(`{"item":`)
	*item = engine.ItemID(q.uint32())
	if q.has(`,"attempt":`) {
		*attempt = q.small()
	}
}

// has tells whether this comes next, and passes over it then.
func (q *quick) has(text string) bool {
	if len(q.rest) < len(text) || string(q.rest[:len(text)]) != text {
		return false
	}
	q.rest = q.rest[len(text):]
	return true
}

func (q *quick) must(text string) {
	if !q.has(text) {
		q.bad = true
	}
}

// int reads a number of at most 18 digits that is not negative.
func (q *quick) int() int64 {
	n, rest, ok := digits(q.rest)
	if !ok || q.rest[0] == '0' && len(q.rest)-len(rest) > 1 {
		q.bad = true
		return 0
	}
	q.rest = rest
	return int64(n) //nolint:gosec // digits gives no more than fits
}

func (q *quick) uint32() uint32 {
	n := q.int()
	q.bad = q.bad || n > math.MaxUint32
	return uint32(n) //nolint:gosec // just looked at
}

// small reads a number that fits into an int of any machine.
func (q *quick) small() int {
	n := q.int()
	q.bad = q.bad || n > math.MaxInt32
	return int(n)
}

// float reads a number without an exponent.
func (q *quick) float() float64 {
	before := q.rest
	q.int()
	if q.has(`.`) {
		n := 0
		for n < len(q.rest) && '0' <= q.rest[n] && q.rest[n] <= '9' {
			n++
		}
		q.bad = q.bad || n == 0
		q.rest = q.rest[n:]
	}
	if q.bad {
		return 0
	}
	f, err := strconv.ParseFloat(string(before[:len(before)-len(q.rest)]), 64)
	q.bad = err != nil
	return f
}

// raw gives what is between quotes, if it is printable as it stands, and whether there
// are escapes in it.
func (q *quick) raw() (text []byte, escaped bool) {
	if !q.has(`"`) {
		q.bad = true
		return nil, false
	}
	for i := 0; i < len(q.rest) && i <= safe.WholeLen; i++ {
		switch c := q.rest[i]; {
		case c == '"':
			text, q.rest = q.rest[:i], q.rest[i+1:]
			return text, escaped
		case c == '\\':
			escaped = true
			if i++; i < len(q.rest) && q.rest[i] != '"' && q.rest[i] != '\\' {
				q.bad = true
				return nil, false
			}
		case c < 0x20 || c >= 0x7f:
			q.bad = true
			return nil, false
		}
	}
	q.bad = true
	return nil, false
}

// text reads a string.
func (q *quick) text() string {
	raw, escaped := q.raw()
	if !escaped {
		return string(raw)
	}
	plain := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' {
			i++
		}
		plain = append(plain, raw[i])
	}
	return string(plain)
}

// known reads a string that probably came before.
func (q *quick) known() string {
	before := q.rest
	raw, escaped := q.raw()
	if escaped {
		q.rest = before
		return q.text()
	}
	if w, ok := q.words[string(raw)]; ok {
		return w
	}
	w := string(raw)
	if len(q.words) < quickWords {
		if q.words == nil {
			q.words = map[string]string{}
		}
		q.words[w] = w
	}
	return w
}

// word reads a string without escapes. Whoever takes it looks at bad first.
func (q *quick) word() []byte {
	raw, escaped := q.raw()
	q.bad = q.bad || escaped
	return raw
}

func (q *quick) state() (s engine.ItemState) {
	if w := q.word(); !q.bad {
		q.bad = s.UnmarshalText(w) != nil
	}
	return s
}

func (q *quick) phase() (p fetch.Phase) {
	if w := q.word(); !q.bad {
		q.bad = p.UnmarshalText(w) != nil
	}
	return p
}

func (q *quick) kind() (k engine.Kind) {
	if w := q.word(); !q.bad {
		q.bad = k.UnmarshalText(w) != nil
	}
	return k
}
