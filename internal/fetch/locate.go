package fetch

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// checkName refuses names that could lead outside a base: on this system, on
// another, or on a server that takes a backslash or an escaped slash for a slash.
// The name is as it stands in the metadata. Everything else that is odd in a name
// (?, #, %, control characters) is made harmless by escaping.
func checkName(name string) *Error {
	switch {
	case name == "":
		return unsafeName("the name is empty")
	case strings.IndexByte(name, 0) >= 0:
		return unsafeName("the name has a NUL character")
	case name[0] == '/' || name[0] == '\\':
		return unsafeName("the name is absolute")
	case len(name) > 2 && name[1] == ':' && (name[2] == '/' || name[2] == '\\') && alphanumeric(name[0]):
		return unsafeName("the name is absolute: it starts with a drive")
	}
	start := 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' && name[i] != '\\' {
			continue
		}
		switch name[start:i] {
		case "..":
			return unsafeName(`the name has a ".." segment`)
		case ".":
			return unsafeName(`the name has a "." segment`)
		}
		start = i + 1
	}
	return nil
}

func unsafeName(text string) *Error { return &Error{Kind: finding.UnsafeName, Text: text} }

// plainName tells a name that stands in an address as it is.
func plainName(name string, flat bool) bool {
	for i := 0; i < len(name); i++ {
		if !alphanumeric(name[i]) && name[i] != '-' && name[i] != '.' && name[i] != '_' && (name[i] != '/' || flat) {
			return false
		}
	}
	return true
}

// escape gives a checked name as the path of a URL. Slashes stay, unless flat is
// set.
func escape(name string, flat bool) string {
	if plainName(name, flat) {
		return name
	}
	if flat {
		return url.PathEscape(name)
	}
	var b strings.Builder
	b.Grow(len(name) + 16)
	for first := true; ; first = false {
		segment, rest, more := strings.Cut(name, "/")
		if !first {
			b.WriteByte('/')
		}
		b.WriteString(url.PathEscape(segment))
		if !more {
			return b.String()
		}
		name = rest
	}
}

// locate gives the address of a file for people.
func (t *site) locate(f File) (string, error) {
	if err := checkName(f.Name); err != nil {
		return "", err
	}
	if t.folder == "" {
		return t.shown("/" + escape(f.Name, f.Flat)), nil
	}
	name := f.Name
	if f.Flat {
		name = url.PathEscape(name)
	}
	return safe.Text(filepath.Join(t.folder, filepath.FromSlash(name))), nil
}

// address gives the URL of a checked name below a server's base, for the request.
func (t *site) address(f File) string {
	return t.scheme + "://" + t.origin + t.path + "/" + escape(f.Name, f.Flat) + t.query
}

// url is the same, parsed. It is false if the address would not be below the base,
// which checkName excludes. Most names are plain, and need no parser.
func (t *site) url(f File) (*url.URL, bool) {
	if t.plain && plainName(f.Name, f.Flat) {
		return &url.URL{Scheme: t.scheme, Host: t.host, Path: t.path + "/" + f.Name, RawQuery: strings.TrimPrefix(t.query, "?")}, true
	}
	u, err := url.Parse(t.address(f))
	if err != nil || !t.holds(u) {
		return nil, false
	}
	return u, true
}

// holds tells whether an address, parsed from what [site.address] made, is below
// the base. After checkName it always is; this asks the parser's own view of it,
// so that a mistake in the escaping ends in an error and not in a request.
func (t *site) holds(u *url.URL) bool {
	name, ok := strings.CutPrefix(u.EscapedPath(), t.path+"/")
	return ok && u.Scheme == t.scheme && u.Host == t.host && u.User == nil && u.Fragment == "" &&
		(u.RawQuery == "" && t.query == "" || "?"+u.RawQuery == t.query) && !dotted(name)
}

// dotted tells whether a path, once its escapes are taken away, has a segment
// that means a folder and no file.
func dotted(escaped string) bool {
	name, err := url.PathUnescape(escaped)
	return err != nil || checkName(name) != nil
}

// fileNames gives the names below a folder under which a file may lie, the
// likeliest first, with the slashes of the system. A flat name is looked for as
// it is escaped in an address ("a%2Fb.json"), and then as a static server would
// find it on disk, with the escapes taken away.
func fileNames(f File) ([]string, *Error) {
	if err := checkName(f.Name); err != nil {
		return nil, err
	}
	names := make([]string, 0, 2)
	if f.Flat {
		if escaped := url.PathEscape(f.Name); escaped != f.Name {
			names = appendLocal(names, escaped)
		}
	}
	if strings.HasSuffix(f.Name, "/") {
		return names, nil // a folder's name, whatever lies there
	}
	// Slashes count once, as static servers have it; Localize wants it so too.
	return appendLocal(names, path.Clean(f.Name)), nil
}

// appendLocal adds a name in the system's form, unless no file can have it here.
func appendLocal(names []string, name string) []string {
	if local, err := filepath.Localize(name); err == nil && !misread(name) {
		return append(names, local)
	}
	return names
}
