package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// An answer that is no file is read to its end if that is near, so that its
// connection can be used again. A server that dawdles over it loses the
// connection.
const (
	leftoverBytes = 16 << 10
	leftoverTime  = 200 * time.Millisecond
)

// getHTTP brings a file from a server.
func (c *Client) getHTTP(ctx context.Context, s *site, req Request, sink io.Writer, tr Trace) (int64, error) {
	if unsafe := checkName(req.Name); unsafe != nil {
		return 0, unsafe
	}
	w := newWatch(ctx, tr)
	defer w.end()
	n, err := c.transfer(w, s, &req, sink)
	if err != nil && ctx.Err() != nil {
		w.abort()
		return n, context.Cause(ctx)
	}
	return n, err
}

// transfer asks for the file and takes its body.
func (c *Client) transfer(w *watch, s *site, req *Request, sink io.Writer) (int64, error) {
	resp, err := c.request(w, s, req)
	if err != nil {
		return 0, err
	}
	p, refused := judge(resp, req)
	if refused != nil {
		leave(resp)
		return 0, refused
	}
	defer resp.Body.Close()
	if p.announced > req.most() {
		return 0, req.surplus(p.announced)
	}
	if p.from == 0 {
		if fault := startOver(req, sink, w.trace); fault != nil {
			return 0, fault
		}
	}
	w.enter(Body)
	n, err := c.pour(w, resp.Body, req, p.from, sink, w.trace)
	done, total := p.from+n, req.Length
	if total < 0 {
		total = p.announced
	}
	var broken *readError
	switch {
	case errors.As(err, &broken) && w.givenUp():
		return n, bodyError(errTimedOut, done, total) // what the system would say, some seconds later
	case errors.As(err, &broken):
		return n, bodyError(broken.err, done, total)
	case err != nil:
		return n, err
	case p.end >= 0 && done < p.end, p.end >= 0 && p.end < p.announced:
		// A server may send less than the rest (RFC 9110, 15.3.7).
		return n, &Error{Kind: finding.Incomplete, Text: "only a part was sent: " + measure.Progress(done, total), Retry: true}
	case req.Length < 0 || done == req.Length:
		return n, nil
	case endless(resp):
		// The end of the connection is the only end that this body has, so a lost
		// connection looks the same (RFC 9112, 6.3). It proves nothing.
		text := "the connection ended after " + measure.Progress(done, total) + ", and the server had announced no length"
		return n, &Error{Kind: finding.Incomplete, Text: text, Retry: true}
	}
	return n, req.short(done)
}

// place says where the body of an answer stands in the file.
type place struct {
	from      int64
	end       int64 // behind its last byte, or negative: to the file's end
	announced int64 // length of the whole file as the answer has it, or negative
}

// judge tells which bytes an answer brings, or why it is refused.
func judge(resp *http.Response, req *Request) (place, *Error) {
	if from := req.offset(); from > 0 {
		switch resp.StatusCode {
		case http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable:
			end, total, refused := refuseRest(resp, req)
			if total < 0 {
				total = max(req.Length, end)
			}
			return place{from, end, total}, refused
		}
	}
	return place{0, -1, resp.ContentLength}, refuseAnswer(resp)
}

// endless tells whether an answer announced neither its length nor its end.
func endless(resp *http.Response) bool {
	return resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

// request asks for the file and follows redirects. The caller closes the body.
func (c *Client) request(w *watch, s *site, req *Request) (*http.Response, error) {
	to, ok := s.url(req.File)
	if !ok {
		return nil, unsafeName("the address would leave the base")
	}
	hop := (&http.Request{
		Method: http.MethodGet, URL: to, Host: to.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(w.begin())
	past := 0
	if req.NoCache {
		past = 1
	}
	first, trusted := hop.URL, true
	extra := req.extra()
	hop.Header = with(s.header[past], extra)
	if c.host != "" {
		hop.Host = c.host
	}
	w.enter(Pool)
	for followed := 0; ; followed++ {
		asked := time.Now()
		resp, err := c.roundTrip(w, hop)
		if err != nil {
			failed := answerError(err, w)
			if to := w.behind(); to != "" && failed.Kind != finding.LocalLimit {
				failed.Text += BehindRedirect + to
			}
			return nil, failed
		}
		w.trace.Respond(describe(resp))
		if t, ok := w.trace.(AnswerTrace); ok {
			t.Answered(tellAnswer(hop, resp, asked, &c.dates))
		}
		if !redirects(resp) {
			return resp, nil
		}
		next, unsafe := nextHop(hop.URL, resp)
		leave(resp)
		if unsafe != nil {
			return nil, unsafe
		}
		if followed == maxRedirects {
			return nil, unsafeRedirect(resp, "more than 5 redirects")
		}
		// Credentials that were dropped once do not come back.
		trusted = trusted && sameServer(first, next)
		hop = (&http.Request{
			Method: http.MethodGet, URL: next, Header: with(c.foreign[past], extra),
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}).WithContext(w.redirected(next))
		if trusted {
			hop.Header, hop.Host = with(s.header[past], extra), c.host
		}
	}
}

// maxGivenUp is how often a request is made again because its connection was given
// up before an answer.
const maxGivenUp = 8

// roundTrip asks, and asks again over another connection if the one that it was
// given turned out to be lost.
func (c *Client) roundTrip(w *watch, r *http.Request) (*http.Response, error) {
	for again := 0; ; again++ {
		resp, err := c.transport.RoundTrip(r)
		if err == nil || again == maxGivenUp || !w.givenUp() || w.Err() != nil {
			return resp, err
		}
	}
}

// leave gives up an answer whose body nobody wants.
func leave(resp *http.Response) {
	defer resp.Body.Close()
	if resp.ProtoMajor != 1 || resp.ContentLength > leftoverBytes {
		return
	}
	// Close ends a Read that waits.
	t := time.AfterFunc(leftoverTime, func() { resp.Body.Close() })
	defer t.Stop()
	_, _ = io.CopyN(io.Discard, resp.Body, leftoverBytes+1)
}
