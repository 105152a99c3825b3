package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"example.com/tufinspect/internal/engine"
)

// A line of an event has its fields in this order, so that a reader finds the time and
// the kind without reading the rest.
var (
	lineSeq   = []byte(`{"seq":`)
	lineAt    = []byte(`,"at_ns":`)
	lineEvent = []byte(`,"event":"`)
	lineData  = []byte(`","data":`)
)

// appendEvent writes the line of an event, its newline included.
func appendEvent(line *bytes.Buffer, e engine.Event) error {
	kind, data := written(e.Body)
	if kind == "" {
		return fmt.Errorf("%T is no event of a recording", e.Body)
	}
	line.Write(lineSeq)
	line.Write(strconv.AppendUint(line.AvailableBuffer(), e.Seq, 10))
	line.Write(lineAt)
	line.Write(strconv.AppendInt(line.AvailableBuffer(), int64(e.At), 10))
	line.Write(lineEvent)
	line.WriteString(kind)
	line.Write(lineData)
	if err := appendJSON(line, data); err != nil {
		return fmt.Errorf("event %s: %w", kind, err)
	}
	line.WriteString("}\n")
	return nil
}

// appendJSON writes a value without a newline. Texts stay as they are: nobody puts a
// recording into a web page unescaped.
func appendJSON(line *bytes.Buffer, v any) error {
	enc := json.NewEncoder(line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	line.Truncate(line.Len() - 1)
	return nil
}

// appendLine writes a value and a newline.
func appendLine(line *bytes.Buffer, v any) error {
	err := appendJSON(line, v)
	line.WriteByte('\n')
	return err
}

// head is what stands before an event's data.
type head struct {
	seq  uint64
	at   time.Duration
	kind string
	data []byte // part of the line
}

// parseHead takes a line apart that was written by appendEvent, and any other line with
// the same fields at the price of reading it twice.
func parseHead(line []byte) (head, error) {
	if h, ok := quickHead(line); ok {
		return h, nil
	}
	return slowHead(line)
}

func slowHead(line []byte) (head, error) {
	var l struct {
		Seq   *uint64         `json:"seq"`
		At    *int64          `json:"at_ns"`
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return head{}, err
	}
	if l.Seq == nil || l.At == nil || l.Event == "" || l.Data == nil {
		return head{}, errors.New("it has not all of seq, at_ns, event and data")
	}
	return head{*l.Seq, time.Duration(*l.At), l.Event, l.Data}, nil
}

// quickHead takes all that follows for the data. Another field behind it is in it then,
// see readData.
func quickHead(line []byte) (h head, ok bool) {
	rest, ok := bytes.CutPrefix(line, lineSeq)
	if !ok {
		return h, false
	}
	var n uint64
	if n, rest, ok = digits(rest); !ok {
		return h, false
	}
	h.seq = n
	if rest, ok = bytes.CutPrefix(rest, lineAt); !ok {
		return h, false
	}
	if n, rest, ok = digits(rest); !ok {
		return h, false
	}
	h.at = time.Duration(n) //nolint:gosec // digits gives no more than fits
	if rest, ok = bytes.CutPrefix(rest, lineEvent); !ok {
		return h, false
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return h, false
	}
	h.kind = kindOf(rest[:end])
	if rest, ok = bytes.CutPrefix(rest[end:], lineData); !ok {
		return h, false
	}
	h.data, ok = bytes.CutSuffix(rest, []byte("}"))
	return h, ok
}

// kindOf gives the word of a kind. That of most lines is there already.
func kindOf(text []byte) string {
	switch string(text) {
	case "state-changed":
		return "state-changed"
	case "phases-entered":
		return "phases-entered"
	case "responded":
		return "responded"
	case "progress":
		return "progress"
	}
	return string(text)
}

// digits reads a number of at most 18 digits.
func digits(b []byte) (n uint64, rest []byte, ok bool) {
	i := 0
	for i < len(b) && i < 19 && '0' <= b[i] && b[i] <= '9' {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	return n, b[i:], 0 < i && i < 19
}

// longest is how long a run may be, and so every time in it.
const longest = 10 * 365 * 24 * time.Hour

// parseEvent reads the line of an event. The error says what is wrong with it.
func parseEvent(line []byte, q *quick) (engine.Event, error) {
	h, err := parseHead(line)
	if err != nil {
		return engine.Event{}, err
	}
	if h.at < 0 || h.at > longest {
		return engine.Event{}, fmt.Errorf("at_ns: %d is no time of a run", int64(h.at))
	}
	if len(h.data) > smallData && values(h.data) > valuesMost {
		return engine.Event{}, fmt.Errorf("%s: more than %d values in one event", h.kind, valuesMost)
	}
	if body, ok := q.body(h.kind, h.data); ok {
		if err := sound(body); err != nil {
			return engine.Event{}, fmt.Errorf("%s: %w", h.kind, err)
		}
		return engine.Event{Seq: h.seq, At: h.at, Body: body}, nil
	}
	body, err := readData(&h, line)
	if err != nil {
		return engine.Event{}, err
	}
	if err := sound(body); err != nil {
		return engine.Event{}, fmt.Errorf("%s: %w", h.kind, err)
	}
	if doubtful(h.data) {
		body = cleaned(body)
	}
	return engine.Event{Seq: h.seq, At: h.at, Body: body}, nil
}

// readData reads the data of an event as any JSON. Where it is none as the head has it there
// may be a field behind it that a later version has written: that is passed over. The time
// stays what it was taken for when the recording was looked through.
func readData(h *head, line []byte) (engine.Body, error) {
	read, ok := readers[h.kind]
	if !ok {
		return nil, unknownEvent(h.kind)
	}
	body, err := read(h.data)
	if err == nil {
		return body, nil
	}
	if whole, wrong := slowHead(line); wrong == nil && len(whole.data) < len(h.data) {
		h.data = whole.data
		if body, err = read(h.data); err == nil {
			return body, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", h.kind, err)
}

const (
	// smallData is up to how many bytes nobody counts what is in them.
	smallData = 64 << 10
	// valuesMost is how many values an event may have: the root of a hostile repository has some
	// ten thousand keys. Each may take a hundred times the memory of its two bytes.
	valuesMost = 400_000
)

// values counts the commas and braces outside of texts: about as many values there are.
func values(data []byte) int {
	n := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case ',', '{', '[':
			n++
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		}
	}
	return n
}

// unknownEvent is a kind of event that this version does not know.
type unknownEvent string

func (u unknownEvent) Error() string { return fmt.Sprintf("event %q is not known", string(u)) }
