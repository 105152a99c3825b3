package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Errors that end a body from within; neither leaves this package.
var (
	errAbort = errors.New("the connection is to be closed")
	errReset = errors.New("the connection is to be reset")
)

// answer is one response. As an http.ResponseWriter it stands between
// [http.ServeContent], which knows ranges, and the network, and does the faults
// of the body.
type answer struct {
	http.ResponseWriter
	control  *http.ResponseController
	handler  *Handler
	ctx      context.Context
	path     string
	plain    string
	file     *file // nil if there is none
	modified time.Time
	fault    Fault
	rate     int64
	until    time.Duration // from the request on, the server's next outage; 0: none comes
	entry    *Request      // guarded by handler.mu
	stall    *stall

	status  int
	after   int64     // Fault.After from the file's beginning
	pos     int64     // place in the file of the next byte of the body
	written int64     // bytes of the body
	begun   time.Time // first byte of the body
	ended   error     // why the body cannot go on
}

// serve sends headers and body, and ends the connection where that is the fault.
func (a *answer) serve(req *http.Request) {
	if !a.sleep(a.handler.latency + a.fault.Latency) {
		panic(http.ErrAbortHandler)
	}
	switch a.fault.Kind {
	case StallHeaders:
		a.enterStall()
		if !a.waitStall() {
			panic(http.ErrAbortHandler)
		}
		a.heal()
	case HalfHeaders:
		a.halfHeaders()
		return
	case Close:
		a.hangUp(false)
		return
	case Reset:
		a.hangUp(true)
		return
	}
	for k, v := range a.fault.Header {
		a.Header().Set(k, v)
	}
	switch {
	case a.fault.Kind == Status || a.fault.Kind == Redirect:
		a.refuse()
	case a.file == nil:
		http.Error(a, "404 page not found", http.StatusNotFound)
	case req.Method != http.MethodGet && req.Method != http.MethodHead:
		a.Header().Set("Allow", "GET, HEAD")
		http.Error(a, "405 method not allowed", http.StatusMethodNotAllowed)
	default:
		a.content(req)
	}
	switch {
	case errors.Is(a.ended, errReset):
		a.hangUp(true)
	case a.ended != nil:
		panic(http.ErrAbortHandler)
	}
}

// content sends the file, or the part of it that was asked for.
func (a *answer) content(req *http.Request) {
	if a.after = a.fault.After; a.after < 0 {
		a.after = max(0, a.after+a.file.size)
	}
	var content io.ReadSeeker = a.file.open()
	switch a.fault.Kind {
	case Corrupt:
		content = io.NewSectionReader(corrupted{a.file.open(), a.after}, 0, a.file.size)
	case Cut:
		content = io.NewSectionReader(a.file.open(), 0, min(a.after, a.file.size))
	case Replace:
		content = strings.NewReader(a.fault.Content)
	case Long:
		content = longer(a.file.open(), max(1, a.fault.Extra))
	case Endless:
		a.fault.NoLength = true
		content = longer(a.file.open(), math.MaxInt64/2)
	}
	h := a.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", contentType(a.path))
	}
	if a.file.tag != "" && h.Get("ETag") == "" {
		h.Set("ETag", a.file.tag)
	}
	if a.fault.NoRange {
		req = req.Clone(a.ctx)
		req.Header.Del("Range")
	}
	http.ServeContent(a, req, "", a.modified, content)
	// A fault at the very end of the file has had no byte to begin at.
	if a.ended == nil && req.Method != http.MethodHead && a.sick() && a.pos == a.after && a.after == a.file.size {
		a.ended = a.strike()
	}
}

func contentType(path string) string {
	if strings.HasSuffix(path, ".json") {
		return "application/json"
	}
	return "application/octet-stream"
}

// refuse answers with a status and no file.
func (a *answer) refuse() {
	status := a.fault.Status
	if status == 0 {
		status = http.StatusInternalServerError
		if a.fault.Kind == Redirect {
			status = http.StatusFound
		}
	}
	if a.fault.RetryAfter > 0 {
		seconds := (a.fault.RetryAfter + time.Second - 1) / time.Second
		a.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	if a.fault.Kind == Redirect {
		a.Header().Set("Location", a.fault.Location)
	}
	http.Error(a, fmt.Sprintf("%d %s", status, http.StatusText(status)), status)
}

// WriteHeader sends the headers.
func (a *answer) WriteHeader(status int) {
	if a.fault.NoLength {
		a.Header().Del("Content-Length")
	}
	if a.fault.NoRange {
		a.Header().Set("Accept-Ranges", "none") // ServeContent promises them
	}
	if status == http.StatusPartialContent {
		a.pos = rangeStart(a.Header().Get("Content-Range"))
	}
	a.status = status
	a.note(func(r *Request) { r.Status = status })
	a.ResponseWriter.WriteHeader(status)
	if a.fault.NoLength && a.file != nil {
		a.flush() // or net/http would count a small body itself
	}
}

// rangeStart reads where "bytes 5-9/10" begins. Answers with several ranges have
// no such header, and count as the file from its beginning.
func rangeStart(header string) int64 {
	var from int64
	if _, err := fmt.Sscanf(header, "bytes %d-", &from); err != nil {
		return 0
	}
	return from
}

// sick tells whether a fault of the body is to come at byte after.
func (a *answer) sick() bool {
	switch a.fault.Kind {
	case StallBody, Drip, Short, ResetBody:
		return a.file != nil && (a.status == http.StatusOK || a.status == http.StatusPartialContent)
	default:
		return false
	}
}

// Write sends a part of the body, at the pace and up to the place that the fault
// allows.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.begun.IsZero() {
		a.begun = time.Now()
		if a.rate > 0 {
			a.flush() // headers do not wait for the first bytes
		}
	}
	done := 0
	for done < len(p) {
		part := p[done:]
		if a.sick() {
			if a.pos >= a.after {
				if a.ended = a.strike(); a.ended != nil {
					return done, a.ended
				}
			}
			part = part[:a.reach(len(part))]
		}
		n, err := a.send(part)
		done += n
		if err != nil {
			a.ended = err
			return done, err
		}
	}
	return done, nil
}

// reach tells how many of n bytes may go before the fault has its say.
func (a *answer) reach(n int) int {
	if !a.sick() {
		return n
	}
	if a.pos < a.after {
		return int(min(int64(n), a.after-a.pos))
	}
	return min(n, max(1, a.fault.Bytes)) // only Drip goes on behind its place
}

// strike does the fault at its place, and gives an error if the body ends there.
func (a *answer) strike() error {
	switch a.fault.Kind {
	case StallBody:
		a.flush()
		a.enterStall()
		if !a.waitStall() {
			return errAbort
		}
		a.heal()
	case Drip:
		a.flush()
		if a.stall == nil {
			a.enterStall()
		}
		every := a.fault.Every
		if every <= 0 {
			every = time.Second
		}
		select {
		case <-a.stall.release:
			a.heal()
		default:
			if !a.pause(every) {
				return errAbort
			}
		}
	case Short:
		a.flush()
		return errAbort
	case ResetBody:
		a.flush()
		return errReset
	}
	return nil
}

// heal makes the rest of the response healthy.
func (a *answer) heal() {
	a.fault.Kind = Healthy
	a.begun, a.written = time.Now(), 0 // the rate counts from here
}

// send passes bytes on, not faster than the rate.
func (a *answer) send(p []byte) (int, error) {
	const tick = 50 * time.Millisecond
	done := 0
	for done < len(p) {
		part := p[done:]
		if a.rate > 0 {
			share := max(1, a.rate*int64(tick)/int64(time.Second))
			part = part[:min(int64(len(part)), share)]
			due := float64(a.written+int64(len(part))) / float64(a.rate) * float64(time.Second)
			if !a.sleep(time.Until(a.begun.Add(time.Duration(due)))) {
				return done, errAbort
			}
		}
		n, err := a.ResponseWriter.Write(part)
		done += n
		a.pos += int64(n)
		a.written += int64(n)
		a.note(func(r *Request) { r.Bytes += int64(n) })
		if err != nil {
			return done, err
		}
		if a.rate > 0 {
			a.flush()
		}
	}
	return done, nil
}

// flush hands all bytes to the network; an error shows at the next write.
func (a *answer) flush() { _ = a.control.Flush() }

// done takes the response off the handler's lists.
func (a *answer) done() {
	h := a.handler
	h.mu.Lock()
	defer h.mu.Unlock()
	a.entry.Done = true
	if a.stall != nil {
		h.stalled = slices.DeleteFunc(h.stalled, func(s *stall) bool { return s == a.stall })
	}
}

func (a *answer) note(change func(*Request)) {
	a.handler.mu.Lock()
	defer a.handler.mu.Unlock()
	change(a.entry)
}

// hangUp closes the connection, with a reset if asked for. HTTP/2 has no
// connection of its own for a response: there the stream is reset either way.
func (a *answer) hangUp(reset bool) {
	conn, _, err := a.control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if reset {
		inner := conn
		if t, ok := inner.(interface{ NetConn() net.Conn }); ok {
			inner = t.NetConn()
		}
		if t, ok := inner.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
			_ = t.Close() // not through TLS, which would say goodbye first
		}
	}
	_ = conn.Close()
}
