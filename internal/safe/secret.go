package safe

import (
	"net/url"
	"strings"
)

// Hidden stands where something must not be shown.
const Hidden = "xxxxx"

// unreadable stands for an address that cannot be taken apart: what in it is a secret
// cannot be told.
const unreadable = "an address that cannot be read"

// URL gives an address, absolute or not, for people, reports and recordings: printable,
// with the user name and password, the query and the fragment as [Hidden]. The whole of
// a query goes and not only what is called a token or a signature: which of the values
// lets somebody in is a matter of the server. The path stays, because without it an
// address says nothing. An address that was given by URL once is given as it is. It is
// for what stands in an address line; a folder is none.
func URL(address string) string {
	if address == unreadable {
		return address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return unreadable
	case u.Opaque != "" && (u.Scheme == "http" || u.Scheme == "https"):
		return u.Scheme + ":" + Hidden // a password may be meant all the same, as in https:user:password@host
	case u.Opaque != "":
		return Hidden // user:password@host reads as one of the scheme "user"
	case u.Host == "" && looksLikeUser(u.Path):
		u.Path, u.RawPath = "/"+Hidden, ""
	}
	if u.User != nil {
		u.User = url.User(Hidden)
	}
	if u.RawQuery != "" {
		u.RawQuery = Hidden
	}
	if u.Fragment != "" {
		u.Fragment, u.RawFragment = Hidden, ""
	}
	shown := u.String()
	if _, err := url.Parse(shown); err != nil {
		return unreadable // by others neither
	}
	return Text(shown)
}

// looksLikeUser tells a path in which somebody has meant "//user:password@host": with a
// slash too many, or with backslashes, which browsers take for slashes.
func looksLikeUser(path string) bool {
	before, _, at := strings.Cut(path, "@")
	return at && strings.Contains(before, ":")
}

// shownHeaders are the headers whose values say how a file came, and let nobody in.
// Names are in lower case.
var shownHeaders = map[string]bool{
	"accept": true, "accept-encoding": true, "accept-ranges": true, "age": true, "cache-control": true,
	"connection": true, "content-encoding": true, "content-length": true, "content-range": true,
	"content-type": true, "date": true, "etag": true, "expires": true, "host": true, "if-range": true,
	"last-modified": true, "pragma": true, "range": true, "retry-after": true, "server": true,
	"transfer-encoding": true, "user-agent": true, "vary": true, "via": true, "x-cache": true,
}

// addressHeaders are those whose value is an address.
var addressHeaders = map[string]bool{"content-location": true, "location": true, "referer": true}

// Header gives the value of a header, of a request or an answer, for people, reports and
// recordings: printable, addresses as [URL] has them, and as [Hidden] whatever is not
// known to be harmless. A header that this program has never heard of may be a key.
func Header(name, value string) string {
	switch name = strings.ToLower(name); {
	case shownHeaders[name]:
		return Text(value)
	case addressHeaders[name]:
		return URL(value)
	}
	return Hidden
}
