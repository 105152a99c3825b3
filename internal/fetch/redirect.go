package fetch

import (
	"net/http"
	"net/url"
	"strings"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// maxRedirects is how many redirects one Get follows.
const maxRedirects = 5

// redirects tells whether an answer sends the client elsewhere (RFC 9110, 15.4).
// Other answers of 3xx, or without an address, are left to refuseAnswer.
func redirects(resp *http.Response) bool {
	return redirectStatus(resp.StatusCode) && resp.Header.Get("Location") != ""
}

// redirectStatus tells the answers that must name another address.
func redirectStatus(code int) bool {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// nextHop gives the address that a redirect leads to, if it may be followed.
func nextHop(from *url.URL, resp *http.Response) (*url.URL, *Error) {
	to, err := from.Parse(resp.Header.Get("Location"))
	if err != nil {
		return nil, unsafeRedirect(resp, "a redirect to an address that cannot be read")
	}
	to.Scheme = strings.ToLower(to.Scheme)
	switch {
	case to.Scheme != "http" && to.Scheme != "https":
		return nil, unsafeRedirect(resp, "a redirect to an address of the scheme "+safe.Text(to.Scheme))
	case from.Scheme == "https" && to.Scheme == "http":
		return nil, unsafeRedirect(resp, "a redirect from https to http")
	case to.Opaque != "" || to.Hostname() == "":
		return nil, unsafeRedirect(resp, "a redirect to an address without a host")
	}
	to.User = nil // a server does not choose whom this client says it is
	to.Fragment, to.RawFragment = "", ""
	return to, nil
}

func unsafeRedirect(resp *http.Response, text string) *Error {
	return &Error{Kind: finding.UnsafeRedirect, Text: text, Status: resp.StatusCode}
}

// sameServer tells whether the caller's headers and credentials may go to an
// address that a redirect leads to: the same scheme, host and port, or the same
// host's default port for https instead of the one for http.
func sameServer(first, next *url.URL) bool {
	if !strings.EqualFold(first.Hostname(), next.Hostname()) {
		return false
	}
	if first.Scheme == next.Scheme {
		return port(first) == port(next)
	}
	return first.Scheme == "http" && port(first) == "80" && port(next) == "443"
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
