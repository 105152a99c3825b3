package fetch

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// Restarter is a sink that can forget what it was given. Get calls Restart before
// the first byte when a server answers a request for the rest of a file
// (Request.Offset) with the whole of it.
type Restarter interface{ Restart() }

// RestartTrace is a Trace that wants to know of it. Restarted comes before the
// first Got; the bytes that came before this Get count no more.
type RestartTrace interface {
	Trace
	Restarted()
}

// maxTag is the longest entity tag that is sent back, in bytes.
const maxTag = 256

// validator gives what an If-Range header may hold for an answer (RFC 9110,
// 13.1.5): a strong entity tag, or the date of the last change if there is no
// entity tag at all and the date is a strong validator, that is, at least a
// second older than the answer (8.8.2.2).
func validator(h http.Header) string {
	if tags := h["Etag"]; len(tags) > 0 {
		if len(tags) == 1 && strongTag(tags[0]) {
			return tags[0]
		}
		return ""
	}
	modified := h.Get("Last-Modified")
	if modified == "" {
		return ""
	}
	at, err := http.ParseTime(modified)
	if err != nil {
		return ""
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil || now.Sub(at) < time.Second {
		return ""
	}
	return at.UTC().Format(http.TimeFormat)
}

// strongTag tells an entity tag that promises the same bytes (RFC 9110, 8.8.3).
func strongTag(s string) bool {
	if len(s) < 2 || len(s) > maxTag || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for _, c := range []byte(s[1 : len(s)-1]) {
		if c <= 0x20 || c >= 0x7f || c == '"' {
			return false
		}
	}
	return true
}

// usable tells whether a validator that a caller gives may be sent.
func usable(s string) bool {
	if strongTag(s) {
		return true
	}
	_, err := http.ParseTime(s)
	return err == nil
}

// offset gives from which byte on a request asks. At or behind the end there is
// nothing to ask for, so that the file is asked for anew.
func (r *Request) offset() int64 {
	if r.Offset <= 0 || r.Offset > r.most() || r.Offset == r.Length {
		return 0
	}
	return r.Offset
}

// partly tells whether the caller has bytes already, so that an answer with the
// whole file starts over.
func (r *Request) partly() bool { return r.Offset > 0 }

// extra gives the header fields that belong to this request alone, or nil.
func (r *Request) extra() http.Header {
	from := r.offset()
	switch {
	case r.part > 0:
		return http.Header{"Range": {"bytes=0-" + strconv.FormatInt(r.part-1, 10)}}
	case from == 0:
		return nil
	}
	h := http.Header{"Range": {"bytes=" + strconv.FormatInt(from, 10) + "-"}}
	if usable(r.IfRange) {
		h["If-Range"] = []string{r.IfRange}
	}
	return h
}

// with gives a header with more fields, and leaves the shared one as it is.
func with(h, extra http.Header) http.Header {
	if extra == nil {
		return h
	}
	all := make(http.Header, len(h)+len(extra))
	for name, values := range h {
		all[name] = values
	}
	for name, values := range extra {
		all[name] = values
	}
	return all
}

// startOver makes the sink forget, before the first byte of a whole file.
func startOver(req *Request, sink io.Writer, tr Trace) *Error {
	if !req.partly() {
		return nil
	}
	s, ok := sink.(Restarter)
	if !ok {
		return &Error{Kind: finding.InspectorFault, Text: "the file starts over, and its first bytes cannot be taken back", StartOver: true}
	}
	s.Restart()
	if t, ok := tr.(RestartTrace); ok {
		t.Restarted()
	}
	return nil
}

// refuseRest tells why an answer to a request for the rest of a file is not the
// rest, or nil. total is the length of the whole file if the answer says so, or
// negative; end is the place behind the last byte that it brings.
func refuseRest(resp *http.Response, req *Request) (end, total int64, refused *Error) {
	lie := func(text string) (int64, int64, *Error) {
		return 0, 0, &Error{Kind: finding.ServerError, Status: resp.StatusCode, Text: text, Retry: true, StartOver: true}
	}
	from := req.offset()
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return lie(fmt.Sprintf("%s: the server has no byte %d, which is missing", statusText(resp), from))
	}
	if decoded(encoding(resp.Header)) {
		return lie("a part of the file is encoded though that was not asked for: its bytes are not the file's")
	}
	if values := resp.Header["Content-Range"]; len(values) != 1 {
		return lie("a part of the file does not say which one: 206 without one Content-Range")
	}
	start, end, total, ok := parseContentRange(resp.Header.Get("Content-Range"))
	switch {
	case !ok:
		return lie("a part of the file does not say which one: its Content-Range cannot be read")
	case start != from:
		return lie(fmt.Sprintf("the server sends from byte %d, asked for was byte %d", start, from))
	case total < 0 && req.Length < 0:
		return lie("a part of the file does not say how long the whole is")
	case total >= 0 && req.Length >= 0 && total != req.Length:
		return lie(fmt.Sprintf("the server says that the file has %s, %s expected", measure.Count(total, "byte"), measure.Count(req.Length, "byte")))
	case resp.ContentLength >= 0 && resp.ContentLength != end-start:
		return lie(fmt.Sprintf("the server announces %s for a part of %s", measure.Count(resp.ContentLength, "byte"), measure.Count(end-start, "byte")))
	case changed(resp.Header, req.IfRange):
		return lie("the file has changed on the server, and it sends the rest of the new one")
	}
	return end, total, nil
}

// changed tells whether an answer to If-Range is openly of another file. RFC
// 9110, 15.3.7 wants such an answer to be the whole file.
func changed(h http.Header, had string) bool {
	if strongTag(had) {
		tag := h.Get("Etag")
		return tag != "" && tag != had
	}
	before, err := http.ParseTime(had)
	if err != nil {
		return false
	}
	now, err := http.ParseTime(h.Get("Last-Modified"))
	return err == nil && !now.Equal(before)
}

// parseContentRange reads "bytes 5-9/10" (RFC 9110, 14.4) as start 5, end 10 (the
// place behind the last byte) and total 10, or -1 for "*".
func parseContentRange(s string) (start, end, total int64, ok bool) {
	unit, rest, found := strings.Cut(s, " ")
	if !found || !strings.EqualFold(unit, "bytes") {
		return 0, 0, 0, false
	}
	span, all, found := strings.Cut(rest, "/")
	first, last, found2 := strings.Cut(span, "-")
	if !found || !found2 {
		return 0, 0, 0, false
	}
	start, ok1 := digits(first)
	end, ok2 := digits(last)
	total, ok3 := int64(-1), true
	if all != "*" {
		total, ok3 = digits(all)
	}
	if !ok1 || !ok2 || !ok3 || end < start || total >= 0 && end >= total {
		return 0, 0, 0, false
	}
	return start, end + 1, total, true
}

// digits reads a number without a sign, and not the very largest.
func digits(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' { // no sign
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n < 1<<62
}
