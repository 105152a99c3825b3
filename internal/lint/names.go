package lint

import (
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// targetNames looks at the names of targets, and at targets without content. go-tuf
// and python-tuf put a name into an address as it is: what has a meaning there asks
// for another file than the one meant.
type targetNames struct{ odd, foreign, empty firstPaths }

func newTargetNames() *targetNames {
	return &targetNames{firstPaths{id: finding.OddTargetName}, firstPaths{id: finding.NonASCIITargetName}, firstPaths{id: finding.EmptyTarget}}
}

func (n *targetNames) add(path string, length int64) {
	if length == 0 {
		n.empty.add(path)
	}
	if plainName(path) {
		return
	}
	if strings.IndexFunc(path, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		n.foreign.add(path)
	}
	if oddity(path) != "" {
		n.odd.add(path)
	}
}

func (n *targetNames) findings(subject string) []finding.Finding {
	out := n.odd.findings(subject, oddity)
	out = append(out, n.foreign.findings(subject, func(string) string { return "the name has characters beyond ASCII" })...)
	return append(out, n.empty.findings(subject, func(string) string { return "listed with a length of 0" })...)
}

// plainName is the quick answer for most names: nothing in it is worth a second look.
func plainName(path string) bool {
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
		case c == '/' && i > 0 && i < len(path)-1 && path[i-1] != '/':
		default:
			return false
		}
	}
	return true
}

// oddity says what in a name clients put into addresses in different ways, or "". Names
// that lead out of the repository are not odd but unsafe: they are not fetched, and
// whoever fetches says so.
func oddity(path string) string {
	if unsafe(path) {
		return ""
	}
	for _, r := range path {
		switch {
		case r == '?' || r == '#' || r == '%':
			return "the name has a " + string(r) + ", which has a meaning of its own in addresses"
		case r == '\\':
			return "the name has a backslash, which some clients and servers take for a slash"
		case r < ' ' || r == 0x7f:
			return "the name has a control character, which no address may have"
		}
	}
	switch {
	case strings.HasPrefix(path, " ") || strings.HasSuffix(path, " "):
		return "the name begins or ends with a space, which is lost easily"
	case strings.HasSuffix(path, "/"):
		return "the name ends with a slash, as that of a folder"
	case strings.Contains(path, "//"):
		return "the name has two slashes in a row, which servers take for one"
	}
	return ""
}

// unsafe tells whether a name is one that is not fetched.
func unsafe(path string) bool {
	switch {
	case path == "", strings.ContainsRune(path, 0), path[0] == '/', path[0] == '\\':
		return true
	case len(path) > 2 && path[1] == ':' && (path[2] == '/' || path[2] == '\\') && ('a' <= path[0]|0x20 && path[0]|0x20 <= 'z' || '0' <= path[0] && path[0] <= '9'):
		return true
	}
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// firstPaths keeps the first paths of a kind, in their order, and counts all: there
// may be a million of them.
type firstPaths struct {
	id   finding.ID
	list []string
	n    int
}

func (f *firstPaths) add(path string) {
	f.n++
	at, _ := slices.BinarySearch(f.list, path)
	switch {
	case len(f.list) < most:
		f.list = slices.Insert(f.list, at, path)
	case at < most:
		f.list = slices.Insert(f.list[:most-1], at, path)
	}
}

func (f *firstPaths) findings(role string, text func(path string) string) []finding.Finding {
	out := make([]finding.Finding, 0, len(f.list)+1)
	for _, path := range f.list {
		out = append(out, finding.New(f.id, safe.Text(path), "%s", text(path)).With("role", role))
	}
	if f.n > len(f.list) {
		out = append(out, finding.New(f.id, role, "… and %d more of its targets", f.n-len(f.list)))
	}
	return out
}
