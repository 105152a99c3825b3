package fetch

import (
	"context"
	"fmt"
	"io"
	"math"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// most gives how many bytes a request allows.
func (r *Request) most() int64 {
	n := r.Length
	if n < 0 {
		n = max(r.Limit, 0)
	}
	return min(n, math.MaxInt64-1)
}

// surplus is the error for more bytes than a request allows. announced is what
// the server or the file system says the size is, or negative when the bytes
// themselves have shown it.
func (r *Request) surplus(announced int64) *Error {
	switch {
	case r.Length >= 0 && announced >= 0:
		return &Error{Kind: finding.WrongLength, Text: fmt.Sprintf("%s too long: %s announced, %s expected", measure.Count(announced-r.Length, "byte"), measure.Count(announced, "byte"), measure.Count(r.Length, "byte"))}
	case r.Length >= 0:
		return &Error{Kind: finding.WrongLength, Text: fmt.Sprintf("too long: more than the expected %s", measure.Count(r.Length, "byte"))}
	case announced >= 0:
		return &Error{Kind: finding.TooLarge, Text: fmt.Sprintf("too large: %s announced, the limit is %s", measure.Count(announced, "byte"), measure.Count(r.most(), "byte"))}
	}
	return &Error{Kind: finding.TooLarge, Text: fmt.Sprintf("more than the limit of %s", measure.Count(r.most(), "byte"))}
}

// short is the error for a file that is complete and too small.
func (r *Request) short(n int64) *Error {
	return &Error{Kind: finding.WrongLength, Text: fmt.Sprintf("%s too short: %s, %s expected", measure.Count(r.Length-n, "byte"), measure.Count(n, "byte"), measure.Count(r.Length, "byte"))}
}

// readError carries an error of the source out of pour, for its caller to put in
// words.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// maxEmptyReads is how often a reader may bring neither a byte nor an error.
const maxEmptyReads = 100

// pour streams a body, which begins at byte from of the file, through one buffer
// into the sink until its end, and gives how many bytes it has written. It reads at
// most one byte more than the request allows, and never writes that one. The
// error is context.Cause(ctx), an *Error, or a *readError.
func (c *Client) pour(ctx context.Context, body io.Reader, req *Request, from int64, sink io.Writer, tr Trace) (int64, error) {
	buf := c.buffers.Get().(*[bufferSize]byte)
	defer c.buffers.Put(buf)
	most := req.most() - from
	var done int64
	for empty := 0; ; {
		if ctx.Err() != nil {
			return done, context.Cause(ctx)
		}
		n, err := body.Read(buf[:min(bufferSize, most+1-done)])
		fits := int(min(int64(n), most-done))
		if fits > 0 {
			m, werr := sink.Write(buf[:fits])
			if werr == nil && m < fits {
				werr = io.ErrShortWrite
			}
			if werr != nil {
				done += int64(max(0, min(m, fits)))
				return done, sinkFault(ctx, werr)
			}
			done += int64(m)
			tr.Got(m)
		}
		switch {
		case n > fits:
			return done, req.surplus(-1)
		case err == io.EOF:
			return done, nil
		case err != nil && ctx.Err() != nil:
			return done, context.Cause(ctx)
		case err != nil:
			return done, &readError{err}
		case n > 0:
			empty = 0
		default:
			if empty++; empty == maxEmptyReads {
				return done, &readError{io.ErrNoProgress}
			}
		}
	}
}

func sinkFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &Error{Kind: finding.InspectorFault, Text: "taking the bytes failed: " + plainText(err), Err: err}
}
