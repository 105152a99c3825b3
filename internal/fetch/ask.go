package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// asks asks one address for parts of the file.
func (inv *investigation) asks(ctx context.Context, o Options, address string, http2 bool) {
	one := Step{Check: CheckFirstByte, Address: address}
	type ask struct {
		Step
		http1   bool
		noCache bool
		file    File
		part    int64
	}
	first, large := ask{Step: one, file: inv.file, part: 1}, ask{Step: one, file: inv.file, part: largePart}
	large.Check = CheckLarge
	var all []ask
	if http2 && !o.HTTP1 {
		// HTTP/1.1 is what HTTP/2 is compared with.
		all = append(all, first, large)
		first.http1 = true
		all = append(all, first)
	} else {
		first.http1, large.http1 = o.HTTP1, o.HTTP1
		all = append(all, first, large)
	}
	inv.once.Do(func() {
		fresh := ask{Step: one, file: inv.file, part: 1, noCache: true, http1: o.HTTP1}
		fresh.Check = CheckFresh
		all = append(all, fresh)
		if inv.other != nil {
			other := ask{Step: one, file: *inv.other, part: 1, http1: o.HTTP1}
			other.Check = CheckOther
			all = append(all, other)
		}
	})
	each(all, func(a ask) {
		o := o
		o.HTTP1 = a.http1
		a.Protocol = "HTTP/1.1"
		if http2 && !a.http1 {
			a.Protocol = "HTTP/2.0"
		}
		inv.step(ctx, a.Step, func(ctx context.Context, s *Step) error {
			return askFor(ctx, o, Request{File: a.file, Length: -1, NoCache: a.noCache, part: a.part}, s)
		})
	})
}

// behindError is a failure behind a redirect.
type behindError struct {
	error
	to string // the host
}

func (e *behindError) Unwrap() error { return e.error }

// askFor asks for the first bytes of a file on a connection of its own.
func askFor(ctx context.Context, o Options, req Request, s *Step) (err error) {
	c, err := New(o)
	if err != nil {
		return err
	}
	defer c.Close()
	base, err := c.site(req.Base)
	if err != nil {
		return err
	}
	if base.folder != "" {
		return &Error{Text: "it is in a folder"}
	}
	w := newWatch(ctx, deaf{})
	defer w.end()
	defer func() {
		if to := w.behind(); err != nil && to != "" {
			err = &behindError{err, to}
		}
	}()
	begun := time.Now()
	resp, err := c.request(w, base, &req)
	if err != nil {
		w.abort()
		return err
	}
	defer resp.Body.Close()
	s.Protocol, s.Status = safe.Text(resp.Proto), resp.StatusCode
	n, err := io.CopyN(io.Discard, resp.Body, req.part)
	if n == 0 && err == nil {
		err = io.ErrUnexpectedEOF
	}
	s.Outcome = statusText(resp)
	switch {
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent &&
		resp.StatusCode != http.StatusRequestedRangeNotSatisfiable: // an empty file has no first byte
		return &Error{Text: s.Outcome, Status: resp.StatusCode}
	case err != nil && !errors.Is(err, io.EOF):
		return err
	}
	if req.part > 1 {
		s.Outcome = fmt.Sprintf("%s, %s in %s", s.Outcome, measure.Size(n), time.Since(begun).Round(time.Millisecond))
	}
	return nil
}
