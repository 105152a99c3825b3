package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// answerError sorts why no answer came. It is decided by types wherever net/http
// has exported ones, and by its texts where it has none; tests provoke each text
// that a server can be made to cause, and an unknown one is shown as it is.
func answerError(err error, w *watch) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	phase, tunnel := w.at(), w.proxied()
	e := &Error{Kind: finding.Unreachable, Retry: true, Err: err}
	if text := certificateText(err); text != "" { // no retry changes a certificate
		e.Text, e.Retry = text, false
		return e
	}
	if text, retry := notHTTP(err); text != "" {
		e.Kind, e.Text, e.Retry = finding.ServerError, text, retry
		return e
	}
	e.Text = connectionText(err, phase)
	if errors.Is(err, errTooManyFiles) || errors.Is(err, errNoLocalPort) {
		e.Kind = finding.LocalLimit // this machine's limit, and no host's fault
		return e
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		e.Text = resolverText(dns)
		e.Retry = !dns.IsNotFound
	}
	var op *net.OpError
	switch {
	case tunnel && phase == Proxy && timedOut(err) && !handshakeTimedOut(err):
		e.Text = fmt.Sprintf("the proxy did not answer within %s", proxyLimit)
	case errors.As(err, &op) && op.Op == "proxyconnect", tunnel && phase <= Proxy:
		e.Text = "proxy: " + e.Text
	}
	return e
}

// resolverText names what the resolver said.
func resolverText(err *net.DNSError) string {
	name := safe.Text(err.Name)
	switch {
	case err.IsNotFound:
		return "no such host: " + name
	case err.IsTimeout:
		return "the resolver did not answer for " + name
	}
	return "resolving " + name + ": " + plainText(errors.New(err.Err))
}

// connectionText says how a connection ended before an answer.
func connectionText(err error, phase Phase) string {
	where := " before an answer"
	switch {
	case phase < Proxy, neverUp(err):
		where = ""
	case phase == Proxy:
		where = " by the proxy"
	case phase == TLS:
		where = " during the TLS handshake"
	}
	var op *net.OpError
	switch {
	case handshakeTimedOut(err):
		return fmt.Sprintf("TLS handshake timed out after %s", handshakeLimit)
	case errors.Is(err, os.ErrDeadlineExceeded) && errors.As(err, &op) && op.Op == "write" && phase >= Send:
		return fmt.Sprintf("the request could not be sent within %s", sendLimit)
	case errors.Is(err, errTimedOut) && errors.As(err, &op) && op.Op == "dial":
		return "connection attempt timed out"
	case errors.As(err, &op) && op.Op == "dial" && timedOut(err):
		return fmt.Sprintf("connection attempt timed out after %s", dialLimit)
	}
	if text := lossText(err); text != "" {
		return text + where
	}
	return plainText(err)
}

// neverUp tells errors that say by themselves that there was no connection.
func neverUp(err error) bool {
	for _, no := range []error{errRefused, errNoRoute, errNoNetwork, errTooManyFiles, errNoLocalPort} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// lossText names the ways in which connections end, or gives "".
func lossText(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, errRefused):
		return "connection refused"
	case errors.Is(err, errReset):
		return "connection reset by peer"
	case errors.Is(err, errAborted):
		return "connection aborted"
	case errors.Is(err, errBrokenPipe), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, io.ErrClosedPipe), text == "http: server closed idle connection":
		return "connection closed"
	case errors.Is(err, errNoRoute):
		return "no route to the host"
	case errors.Is(err, errNoNetwork):
		return "the network is unreachable"
	case errors.Is(err, errTooManyFiles):
		return "too many open files on this machine: no connection"
	case errors.Is(err, errNoLocalPort):
		return "no free local address or port: no connection"
	case errors.Is(err, errTimedOut):
		return "the peer no longer acknowledges: connection lost"
	case strings.Contains(text, "http2: client connection lost"), strings.Contains(text, "http2: timeout awaiting"):
		return "HTTP/2 ping unanswered: connection lost"
	case strings.Contains(text, "http2: client connection force closed"):
		return "HTTP/2 connection closed"
	case strings.Contains(text, "server sent GOAWAY"):
		return "HTTP/2 connection closed by the server" + codeIn(text, "ErrCode=")
	case strings.Contains(text, "stream error: stream ID"):
		return "HTTP/2 stream reset" + codeIn(text, "; ")
	case strings.HasPrefix(text, "connection error: "):
		return "HTTP/2 connection broken" + codeIn(text, "connection error: ")
	}
	return ""
}

// codeIn gives the HTTP/2 error code (RFC 9113, 7) that stands in a text of
// net/http after the mark, as " (CODE)".
func codeIn(text, mark string) string {
	_, rest, ok := strings.Cut(text, mark)
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < 'A' || r > 'Z') && r != '_' && (r < '0' || r > '9') })
	if end >= 0 {
		rest = rest[:end]
	}
	if !ok || rest == "" {
		return ""
	}
	return " (" + rest + ")"
}

// notHTTP tells answers that are no HTTP, or gives "". A header that cannot be
// read may be one that was cut off, so another attempt can help.
func notHTTP(err error) (text string, retry bool) {
	text = err.Error()
	switch {
	case strings.Contains(text, "server response headers exceeded"), strings.Contains(text, "response header list larger than"):
		return "the header of the answer is larger than " + measure.Size(maxHeader), false
	case strings.Contains(text, "too many 1xx"):
		return "the server sends interim answers without end", false
	}
	for _, sign := range []string{
		"malformed HTTP", "malformed MIME header", "bad Content-Length", "unsupported transfer encoding",
		"too many transfer encodings", "message cannot contain multiple Content-Length",
	} {
		if strings.Contains(text, sign) {
			text = plainText(err)
			if strings.Contains(text, "MIME header") {
				text, _, _ = strings.Cut(text, `: "`) // the line may be that of a cookie
			}
			return "the answer is not HTTP that can be read: " + text, true
		}
	}
	return "", false
}

// certificateText names what is wrong in TLS, or gives "".
func certificateText(err error) string {
	var (
		name    x509.HostnameError
		issuer  x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &name):
		return "certificate is for " + certificateNames(name.Certificate) + ", not " + safe.Text(name.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if now := time.Now(); invalid.Cert != nil && now.Before(invalid.Cert.NotBefore) {
			return "certificate is not valid before " + invalid.Cert.NotBefore.UTC().Format(time.RFC3339)
		}
		if invalid.Cert != nil {
			return "certificate expired on " + invalid.Cert.NotAfter.UTC().Format(time.RFC3339)
		}
		return "certificate has expired"
	case errors.As(err, &issuer):
		by := ""
		if issuer.Cert != nil && issuer.Cert.Issuer.CommonName != "" {
			by = " (" + safe.Text(issuer.Cert.Issuer.CommonName) + ")"
		}
		return "certificate is signed by an unknown authority" + by
	case errors.As(err, &invalid):
		return "certificate is not valid: " + plainText(err)
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the server does not speak TLS on this port"
	case errors.As(err, &alert), strings.Contains(err.Error(), "remote error: tls: "):
		return "TLS refused by the server: " + plainText(err)
	case strings.HasPrefix(err.Error(), "tls: "), strings.HasPrefix(err.Error(), "x509: "):
		return "TLS: " + plainText(err)
	}
	return ""
}

// certificateNames lists the first names of a certificate.
func certificateNames(c *x509.Certificate) string {
	const most = 3
	if c == nil {
		return "another host"
	}
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	more := ""
	switch {
	case len(names) == 0:
		return "no host at all"
	case len(names) > most:
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return safe.Text(strings.Join(names, ", ")) + more
}

// bodyError sorts why a body broke off after so many bytes.
func bodyError(err error, done, total int64) *Error {
	e := &Error{Kind: finding.Incomplete, Retry: true, Err: err}
	text := lossText(err)
	switch {
	case text != "":
	case strings.Contains(err.Error(), "chunk"):
		text = "unreadable chunked encoding"
	case timedOut(err):
		text = "connection timed out"
	default:
		text = plainText(err)
	}
	e.Text = text + " after " + measure.Progress(done, total)
	return e
}

// timedOut tells whether an error is a time-out of the transport or the system.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

func handshakeTimedOut(err error) bool {
	return strings.HasSuffix(err.Error(), "net/http: TLS handshake timeout")
}

// maxPlain is the most bytes of a foreign error that are shown.
const maxPlain = 200

// plainText gives the innermost reason of an error in one short printable line,
// without addresses.
func plainText(err error) string {
	for {
		var op *net.OpError
		var call *os.SyscallError
		if errors.As(err, &op) && op.Err != nil {
			err = op.Err
		} else if errors.As(err, &call) && call.Err != nil {
			err = call.Err
		} else {
			break
		}
	}
	text := err.Error()
	for again := true; again; {
		again = false
		for _, prefix := range []string{"net/http: ", "http: ", "http2: ", "HTTP/1.x transport connection broken: ", "tls: ", "x509: "} {
			if rest, ok := strings.CutPrefix(text, prefix); ok {
				text, again = rest, true
			}
		}
	}
	text = safe.Text(text)
	if len(text) > maxPlain {
		text = strings.ToValidUTF8(text[:maxPlain], "") + "…"
	}
	return text
}

// Abrupt tells whether the peer refused the connection or broke it off, as one does
// that has too much to do. One that has fallen silent, or cannot be reached, does not.
func (e *Error) Abrupt() bool {
	if e.Err == nil {
		return false
	}
	for _, end := range []error{errRefused, errReset, errAborted, errBrokenPipe, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(e.Err, end) {
			return true
		}
	}
	text := e.Err.Error()
	return strings.Contains(text, "server sent GOAWAY") || strings.Contains(text, "stream error: stream ID")
}
