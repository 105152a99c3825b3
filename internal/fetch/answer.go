package fetch

import (
	"crypto/tls"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// maxRetryAfter is the longest wait that is taken from a server. More than a day
// is no advice for a run.
const maxRetryAfter = 24 * time.Hour

// selectedHeaders help to explain a fault.
var selectedHeaders = [...]string{
	"Age", "Cache-Control", "Content-Encoding", "Content-Range", "Date", "Etag", "Last-Modified",
	"Location", "Retry-After", "Server", "Via", "X-Cache",
}

// describe gives what an answer said before its body.
func describe(resp *http.Response) Response {
	r := Response{Status: resp.StatusCode, Protocol: safe.Text(resp.Proto), Length: resp.ContentLength}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent {
		r.Validator = validator(resp.Header)
	}
	if resp.TLS != nil {
		r.TLS = tls.VersionName(resp.TLS.Version)
	}
	for _, name := range selectedHeaders {
		values := resp.Header[name]
		if len(values) == 0 {
			continue
		}
		if r.Header == nil {
			r.Header = make(map[string]string, 6)
		}
		value := values[0]
		if len(values) > 1 {
			value = strings.Join(values, ", ")
		}
		if name == "Etag" {
			name = "ETag"
		}
		r.Header[name] = safe.Header(name, value)
	}
	return r
}

// refuseAnswer tells why an answer is not the file, or nil.
func refuseAnswer(resp *http.Response) *Error {
	if resp.StatusCode == http.StatusOK && len(resp.Header["Content-Encoding"]) == 0 {
		return nil
	}
	e := &Error{Kind: finding.ServerError, Text: statusText(resp), Status: resp.StatusCode}
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		encoding := encoding(resp.Header)
		if !decoded(encoding) {
			return nil
		}
		e.Text = "the body is " + encoding + "-encoded though that was not asked for: its bytes are not the file's"
	case code == http.StatusNotFound, code == http.StatusGone:
		e.Kind = finding.Missing
	case retryable(code):
		e.Retry = true
		e.RetryAfter = retryAfter(resp.Header)
	case code >= 400 && code < 500:
		e.Kind = finding.Forbidden
	case code == http.StatusPartialContent:
		e.Text += ", though the whole file was asked for"
	case code >= 200 && code < 300:
		e.Text += ", which is not an answer with a file"
	case redirectStatus(code):
		e.Text += " without an address to go to"
	case code >= 300 && code < 400:
		e.Text += ", which was not asked for"
	}
	return e
}

// retryable tells whether another attempt can help against a status.
func retryable(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return code >= 500
}

// statusText gives "404 Not Found", in the server's own words if it has any and
// they are short.
func statusText(resp *http.Response) string {
	code := strconv.Itoa(resp.StatusCode)
	text := strings.TrimSpace(strings.TrimPrefix(resp.Status, code))
	if text == "" || len(text) > 80 {
		text = http.StatusText(resp.StatusCode)
	}
	return strings.TrimSpace(code + " " + safe.Text(text))
}

// retryAfter reads the Retry-After header (RFC 9110, 10.2.3): seconds, or a date,
// which is compared with the server's own clock if it tells it. What cannot be
// read, lies in the past or is absurd counts as nothing.
func retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	var d time.Duration
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		if seconds > int64(maxRetryAfter/time.Second) {
			return 0
		}
		d = time.Duration(max(seconds, 0)) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		now, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		d = at.Sub(now)
	}
	if d < 0 || d > maxRetryAfter {
		return 0
	}
	return d
}
