// Package fetch brings one file from an HTTP(S) server or a folder, says at
// every moment in which phase it is, and never reads anything outside the base
// that it was given. It knows nothing of TUF.
//
// Nothing here waits without a limit that belongs to the transport (dial, TLS
// handshake, keep-alive); a server that is alive and silent is ended by the
// caller's context, whose cause ([context.Cause]) is what Get returns then.
package fetch

import (
	"context"
	"io"
	"time"

	"example.com/tufinspect/internal/finding"
)

// Source brings files. A Source is safe for concurrent use.
type Source interface {
	// Locate gives the address of a file, escaped, for people and for logs. It
	// does no input or output. The error is an *Error of kind unsafe-name when
	// the name would leave the base.
	Locate(f File) (string, error)

	// Get writes the file's bytes to sink and returns how many it has written. It
	// blocks until the file is complete, an error, or ctx is done; then the error
	// is context.Cause(ctx). Every other error is an *Error. Bytes written before
	// an error stay written.
	Get(ctx context.Context, req Request, sink io.Writer, tr Trace) (int64, error)

	// Close gives up idle connections and open folders. It does not wait for
	// running Gets.
	Close()
}

// File names a file below a base.
type File struct {
	// Base is an http(s) or file URL, or a folder.
	Base string
	// Name is the path below the base as it stands in the metadata, not escaped.
	// Slashes separate segments, unless Flat is set.
	Name string
	// Flat says that Name is one segment: a slash in it (as in the role name
	// "a/b") is escaped and separates nothing.
	Flat bool
}

// Request is one look at one file.
type Request struct {
	File
	// Length is the exact length in bytes, or negative when it is not known. One
	// byte more or less is an error of kind wrong-length.
	Length int64
	// Limit is the most bytes to read when Length is not known; one more is an
	// error of kind too-large. Zero means none may come.
	Limit int64
	// NoCache asks caches on the way for a fresh copy.
	NoCache bool
	// Offset asks for the rest of the file, from this byte on, because the sink has
	// the first ones from an earlier Get. Length and Limit stay those of the whole
	// file. A server may answer with the whole file all the same; then the sink has
	// to be a [Restarter], and Got and the result of Get count from the file's
	// first byte. An Offset at or behind a known Length starts over too.
	Offset int64
	// IfRange is the Response.Validator of the answer that brought the first bytes:
	// if the file is another one by now, the server sends the whole of it. What may
	// not be sent (a weak entity tag) counts as nothing.
	IfRange string

	part int64 // asks for so many first bytes only, and is content with more
}

// Response is what a server said before the body.
type Response struct {
	Status   int    `json:"status,omitzero"`   // 200, 404, …; 0 for folders
	Protocol string `json:"protocol,omitzero"` // "HTTP/1.1", "HTTP/2.0", "file"
	TLS      string `json:"tls,omitzero"`      // "TLS 1.3", or ""
	Length   int64  `json:"length,omitzero"`   // Content-Length, or -1
	// Validator is what Request.IfRange takes: a strong entity tag or a date of the
	// last change that may be used so, or "". It is sent back as it is.
	Validator string `json:"-"`
	// Header has the selected headers that help to explain a fault (Age,
	// Cache-Control, Content-Encoding, Date, ETag, Last-Modified, Retry-After,
	// Server, Via, X-Cache, Content-Range, Location), made printable.
	Header map[string]string `json:"header,omitzero"`
}

// Mark says that a phase began.
type Mark struct {
	Phase   Phase
	Address string // the peer's address, once it is known
	Reused  bool   // the connection had been used before
}

// Hop says that a phase of a request began that a redirect has led to.
type Hop struct {
	Scheme string // "http" or "https"
	Host   string // as in the address, with the port if that has one; printable
	URL    string // where the redirect led, printable and without secrets
	Mark          // of this request: its phases begin with Pool
}

// HopTrace is a Trace that wants to know where a Get is behind a redirect. Hop comes
// before Enter, if a phase is one for both. What Socket has handed out before a Hop of
// phase Pool is of the request before.
type HopTrace interface {
	Trace
	Hop(Hop)
}

// Trace hears what happens in a Get. Its methods may be called from other
// goroutines, and even after Get has returned; they must not block.
type Trace interface {
	// Enter says that a phase began. The phases of one Get strictly increase: a
	// redirect goes back to none, and a HopTrace hears of those behind it.
	Enter(Mark)
	// Respond carries an answer; a redirect brings one more for each hop.
	Respond(Response)
	// Got says that n more bytes have been written to the sink.
	Got(n int)
}

// Error is how a Get failed, in a form that decides what happens next.
type Error struct {
	// Kind is the catalogue's id: missing, forbidden, server-error, unreachable,
	// incomplete, wrong-length, too-large, unsafe-name, unsafe-file,
	// unsafe-redirect, read-error, local-limit, and inspector-fault when the sink fails.
	Kind finding.ID
	// Text is one printable line without the address: "404 Not Found",
	// "connection reset by peer after 12 KiB".
	Text string
	// Retry says whether another attempt can help.
	Retry bool
	// RetryAfter is how long the server asked to wait, or 0.
	RetryAfter time.Duration
	// Status is the HTTP status, or 0.
	Status int
	// StartOver says that the rest of the file cannot be had as it was asked for:
	// another attempt has to begin with Offset 0 and an empty sink.
	StartOver bool
	// Err is the error behind it, or nil.
	Err error
}

// Error gives Text.
func (e *Error) Error() string { return e.Text }

// Unwrap gives the error behind it.
func (e *Error) Unwrap() error { return e.Err }
