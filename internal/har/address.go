package har

import (
	"net/url"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/safe"
)

// nowhere stands for the address of what has none that could be asked for: a reader of
// archives wants one that it can take apart.
const nowhere = "about:invalid"

// address gives the URL of an item. A file of a folder has one, too: that is what a
// browser would show for it.
func address(it *engine.ItemSpec) string {
	s := it.URL()
	switch {
	case s == "":
		return nowhere
	case !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://"):
		return file(s)
	}
	return shown(s)
}

// shown gives an address of HTTP for others to see. A recording may bring any text for one.
func shown(s string) string {
	if isHTTP(s) && common(s) {
		return s
	}
	u, err := url.Parse(safe.URL(s))
	if err != nil || u.Host == "" || !isHTTP(u.String()) {
		return nowhere
	}
	return u.String()
}

// isHTTP tells an address of HTTP that has a host.
func isHTTP(s string) bool {
	scheme, rest, _ := strings.Cut(s, "://")
	return (scheme == "http" || scheme == "https") && rest != "" && rest[0] != '/'
}

// common tells an address that has nothing to hide or to escape, as nearly all are.
func common(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f, strings.IndexByte(`@?#"<>\^{|}`+"`", c) >= 0:
			return false
		}
	}
	return true
}

// file gives the URL of a path, be it C:\folder.
func file(path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + strings.ReplaceAll(path, `\`, "/")
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func isFile(address string) bool { return strings.HasPrefix(address, "file:") }
