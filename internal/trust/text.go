package trust

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

const (
	// maxLines and maxText bound what is shown of a file, in lines and in bytes.
	maxLines = 20_000
	maxText  = 1 << 20
	// maxTargets is how many targets of a role are shown, and maxEntries how many
	// entries of any other list.
	maxTargets = 200
	maxEntries = 2_000
	// maxIndent is the deepest nesting that is still indented.
	maxIndent = 32
	// maxRaw is where lines of what is no JSON are broken, in bytes: made printable,
	// so many are never longer than safe.Text lets them be.
	maxRaw = 512
)

// text is a file made into printable lines.
type text struct {
	json    bool
	lines   []string
	targets int // how many are left out
	entries int // likewise, of other lists
	beyond  int // lines behind the bounds
	cut     int // lines that are too long to be whole
}

// cost is about how many bytes of memory it takes.
func (t *text) cost() int64 {
	n := int64(0)
	for _, l := range t.lines {
		n += int64(len(l)) + 16
	}
	return n
}

// left says what the lines do not have, or "".
func (t *text) left() string {
	var parts []string
	for _, p := range []struct {
		n       int
		noun    string
		one, on string
	}{
		{t.targets, "target", " is left out", " are left out"},
		{t.entries, "list entry", " is left out", " are left out"},
		{t.beyond, "line", " is left out", " are left out"},
		{t.cut, "long line", " is cut", " are cut"},
	} {
		switch {
		case p.n == 1:
			parts = append(parts, measure.Count(p.n, p.noun)+p.one)
		case p.n > 1:
			parts = append(parts, measure.Count(p.n, p.noun)+p.on)
		}
	}
	return strings.Join(parts, ", ")
}

// render makes a file into lines: JSON, if it is that, indented, with long lists cut,
// and anything else as it is. It goes over all of the file and keeps little of it.
func render(data []byte, isJSON bool) text {
	w := writer{text: text{json: isJSON}}
	if w.json {
		w.indent(data)
	} else {
		w.raw(data)
	}
	if w.beyond > 0 {
		w.lines = append(w.lines, "… "+measure.Count(w.beyond, "more line"))
	}
	return w.text
}

// writer makes lines.
type writer struct {
	text
	line  []byte // the one that is being made
	bytes int    // of all lines
}

func (w *writer) full() bool { return len(w.lines) >= maxLines || w.bytes >= maxText }

// put adds to the line. Behind the bounds, and where a line is longer than can be
// shown, nothing is kept.
func (w *writer) put(b ...byte) {
	if len(w.line) <= safe.MaxLen && !w.full() {
		w.line = append(w.line, b[:min(len(b), 2*safe.MaxLen)]...)
	}
}

// end ends the line and begins the next.
func (w *writer) end(depth int) {
	if w.full() {
		w.beyond++
		return
	}
	l := safe.Text(string(w.line))
	if strings.HasSuffix(l, "…") && (len(w.line) > safe.MaxLen-len("…") || !bytes.HasSuffix(w.line, []byte("…"))) {
		w.cut++
	}
	w.lines = append(w.lines, l)
	w.bytes += len(l) + 1
	w.line = w.line[:0]
	for range min(depth, maxIndent) {
		w.line = append(w.line, "  "...)
	}
}

// raw makes lines of what is no JSON.
func (w *writer) raw(data []byte) {
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		for len(line) > maxRaw {
			n := maxRaw
			for n > maxRaw-utf8.UTFMax && !utf8.RuneStart(line[n]) {
				n--
			}
			w.put(line[:n]...)
			w.end(0)
			line = line[n:]
		}
		w.put(line...)
		w.end(0)
		data = rest
	}
}

// container is an object or a list that is being written.
type container struct {
	key  string // under which it stands, raw and with its quotes
	n    int    // entries so far
	most int
	last string // key of the entry at hand
}

// indent makes lines of valid JSON. Numbers and strings stay as they are written.
func (w *writer) indent(data []byte) {
	var in []container
	for i := 0; i < len(data); {
		switch c := data[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
		case '{', '[':
			w.put(c)
			i = space(data, i+1)
			if data[i] == '}' || data[i] == ']' {
				w.put(data[i])
				i++
				continue
			}
			in = append(in, open(in))
			w.end(len(in))
		case '}', ']':
			in = in[:len(in)-1]
			w.end(len(in))
			w.put(c)
			i++
		case ',':
			w.put(c)
			i++
			at := &in[len(in)-1]
			w.end(len(in))
			if at.n++; at.n == at.most {
				n, next := skip(data, i)
				w.omit(at, n)
				i = next
			}
		case ':':
			w.put(c, ' ')
			i++
		case '"':
			n := stringEnd(data, i)
			// The key is the string before a colon; a value that stands in its place is
			// looked at by nobody.
			if len(in) > 0 && n-i <= 32 {
				in[len(in)-1].last = string(data[i:n])
			} else if len(in) > 0 {
				in[len(in)-1].last = ""
			}
			w.put(data[i:n]...)
			i = n
		default:
			n := i + 1
			for n < len(data) && bytes.IndexByte([]byte(" \t\n\r,:]}"), data[n]) < 0 {
				n++
			}
			w.put(data[i:n]...)
			i = n
		}
	}
	w.end(0)
}

// open is a container that begins in others.
func open(in []container) container {
	c := container{most: maxEntries}
	if len(in) > 0 {
		c.key = in[len(in)-1].last
	}
	if len(in) == 2 && c.key == `"targets"` && in[1].key == `"signed"` {
		c.most = maxTargets
	}
	return c
}

// omit says that n entries are left out.
func (w *writer) omit(at *container, n int) {
	noun := "entry"
	if at.most == maxTargets {
		noun = "target"
		w.targets += n
	} else {
		w.entries += n
	}
	w.put([]byte("… " + measure.Count(n, "more "+noun))...)
}

// skip counts the entries up to the end of the container that i is in, where the
// next entry begins, and tells where that end is.
func skip(data []byte, i int) (n, end int) {
	n = 1
	for depth := 0; ; {
		switch data[i] {
		case '"':
			i = stringEnd(data, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return n, i
			}
			depth--
		case ',':
			if depth == 0 {
				n++
			}
		}
		i++
	}
}

// stringEnd is the index behind the string that begins at i.
func stringEnd(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func space(data []byte, i int) int {
	for data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r' {
		i++
	}
	return i
}
