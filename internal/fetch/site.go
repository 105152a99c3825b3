package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"example.com/tufinspect/internal/safe"
)

// site is a base, parsed: a folder, or the address below which a server's files
// are.
type site struct {
	folder string // the folder's path, or "" for a server

	scheme string // "http" or "https"
	host   string // with the port if one was given, as url.URL has it
	origin string // the same, as it stands in an address
	path   string // escaped, without a slash at its end; "" for the server's root
	query  string // "?…" or "": goes with every file, as signed addresses need it
	plain  bool   // nothing in path is escaped
	user   *url.Userinfo
	header [2]http.Header // of requests to it; the second asks past caches
}

// parseSite reads a base. Its errors have no part of it that may be a secret.
func parseSite(s string) (*site, error) {
	if s == "" {
		return nil, errors.New("the address is empty: give a URL or a folder")
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !schemeLike(scheme) {
		return parseFolder(s)
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return parseServer(s)
	case "file":
		return parseFileURL(s)
	}
	if strings.HasPrefix(rest, "//") {
		return nil, fmt.Errorf("the scheme %q is not supported: give an http, https or file URL, or a folder", safe.Text(scheme))
	}
	return parseFolder(s)
}

// schemeLike tells a scheme (RFC 3986, 3.1) from other text before a colon. One
// letter is a drive.
func schemeLike(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alphanumeric(s[i]) && s[i] != '+' && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return len(s) > 1
}

func parseFolder(s string) (*site, error) {
	if strings.ContainsRune(s, 0) {
		return nil, errors.New("the folder's name has a NUL character")
	}
	return &site{folder: filepath.Clean(s)}, nil
}

func parseFileURL(s string) (*site, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Opaque != "" || u.Path == "":
		return nil, errors.New("the file URL cannot be read: it should look like " + fileURL())
	case u.Host != "" && u.Host != "localhost":
		return nil, fmt.Errorf("the file URL names the host %q: only folders of this machine can be read, as %s", safe.Text(u.Host), fileURL())
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the file URL has a query or a fragment: write ? as %3F and # as %23")
	}
	p := u.Path
	if runtime.GOOS == "windows" && len(p) > 2 && p[0] == '/' && p[2] == ':' {
		p = p[1:]
	}
	return parseFolder(filepath.FromSlash(p))
}

// fileURL is how the URL of a folder looks.
func fileURL() string {
	if runtime.GOOS == "windows" {
		return "file:///C:/folder; a path such as C:\\folder or \\\\server\\share does as well"
	}
	return "file:///folder"
}

func parseServer(s string) (*site, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		// The error of url.Parse repeats the address, and with it a password.
		return nil, errors.New("the URL cannot be read: look at host, port and percent signs, and escape special characters in a password")
	case u.Opaque != "" || u.Hostname() == "":
		return nil, fmt.Errorf("the URL has no host: it should look like %s://host/path", strings.ToLower(u.Scheme))
	case u.Port() != "" && !validPort(u.Port()):
		return nil, fmt.Errorf("the port %s is not between 1 and 65535", safe.Text(u.Port()))
	case strings.Contains(s, "#"):
		return nil, errors.New("the URL has a fragment (#…), which no server sees: leave it out")
	}
	// Resolving an empty reference takes "." and ".." out (RFC 3986, 5.2.4).
	clean := u.ResolveReference(&url.URL{})
	host := strings.TrimSuffix(clean.Host, ":") // a port that is empty is none (RFC 3986, 6.2.3)
	if !strings.Contains(host, "%") {           // the zone of an IPv6 address has upper and lower case
		host = strings.ToLower(host)
	}
	t := &site{
		scheme: clean.Scheme,
		host:   host,
		origin: strings.TrimPrefix((&url.URL{Host: host}).String(), "//"),
		path:   strings.TrimRight(clean.EscapedPath(), "/"),
		user:   u.User,
	}
	if u.RawQuery != "" {
		t.query = "?" + u.RawQuery
	}
	t.plain = plainName(t.path, false)
	return t, nil
}

// String gives the base in its normal form, secrets included.
func (t *site) String() string {
	if t.folder != "" {
		return t.folder
	}
	user := ""
	if t.user != nil {
		user = t.user.String() + "@"
	}
	return t.scheme + "://" + user + t.origin + t.path + t.query
}

// shown gives the address of the escaped name below the site as [safe.URL] would, put
// together of parts that are known: there may be a million.
func (t *site) shown(name string) string {
	user, query := "", ""
	if t.user != nil {
		user = safe.Hidden + "@"
	}
	if t.query != "" {
		query = "?" + safe.Hidden
	}
	return safe.Text(t.scheme + "://" + user + t.origin + t.path + name + query)
}

// ParseBase checks what a person gave as a repository, an http, https or file URL
// or a folder, and gives the form of it that File.Base takes: URLs without "."
// and ".." and without a slash at the end, folders as absolute paths. User name,
// password and query are kept (see [Redact]). A folder has to exist.
func ParseBase(s string) (string, error) {
	t, err := parseSite(s)
	if err != nil {
		return "", err
	}
	if t.folder == "" {
		return t.String(), nil
	}
	shown := safe.Text(s)
	info, err := os.Stat(t.folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if !strings.ContainsAny(s, `/\`) || filepath.IsAbs(t.folder) || s[0] == '.' || !strings.Contains(s, ".") {
			return "", fmt.Errorf("there is no folder %s", shown)
		}
		return "", fmt.Errorf("there is no folder %s (for a server, write https://%s)", shown, shown)
	case err != nil:
		return "", fmt.Errorf("the folder %s cannot be read: %s", shown, fileErrorText(err))
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a folder: give the folder that it is in", shown)
	}
	abs, err := filepath.Abs(t.folder)
	if err != nil {
		return "", fmt.Errorf("the folder %s cannot be located: %w", shown, err)
	}
	return abs, nil
}

// Redact gives a base, or the URL of a file, for people: printable, with user
// name, password and query as "xxxxx".
func Redact(base string) string {
	t, err := parseSite(base)
	switch {
	case err == nil && t.folder != "":
		return safe.Text(t.folder)
	case err == nil:
		return t.shown("")
	}
	if scheme, _, ok := strings.Cut(base, ":"); ok {
		return safe.Text(scheme) + ":" + safe.Hidden
	}
	return safe.Hidden
}

// Below gives the base one folder deeper: REPO and "metadata" make REPO/metadata.
// A base that ParseBase would refuse is returned with the element appended, and
// Get says what is wrong with it.
func Below(base, elem string) string {
	t, err := parseSite(base)
	if err != nil {
		return base + "/" + url.PathEscape(elem)
	}
	if t.folder != "" {
		return filepath.Join(t.folder, elem)
	}
	t.path += "/" + url.PathEscape(elem)
	return t.String()
}

// Beside gives the folder elem next to the base: REPO/metadata and "targets" make
// REPO/targets. It is false when the base has nothing above it.
func Beside(base, elem string) (string, bool) {
	t, err := parseSite(base)
	if err != nil || Last(base) == "" {
		return "", false
	}
	if t.folder != "" {
		return filepath.Join(filepath.Dir(t.folder), elem), true
	}
	t.path = t.path[:strings.LastIndexByte(t.path, '/')+1] + url.PathEscape(elem)
	return t.String(), true
}

// Last gives the last element of a base, not escaped: "metadata" of
// https://host/repo/metadata/. It is "" for a server's or the system's root, and
// for a relative folder that has no name of its own.
func Last(base string) string {
	t, err := parseSite(base)
	if err != nil {
		return ""
	}
	if t.folder != "" {
		switch name := filepath.Base(t.folder); name {
		case ".", "..", string(filepath.Separator):
			return ""
		default:
			return name
		}
	}
	name, err := url.PathUnescape(t.path[strings.LastIndexByte(t.path, '/')+1:])
	if err != nil {
		return ""
	}
	return name
}

// SplitFile splits the address of one file, a URL or a path, into a base and a
// name, so that a Source can bring it.
func SplitFile(s string) (File, error) {
	t, err := parseSite(s)
	if err != nil {
		return File{}, err
	}
	name := Last(s)
	if name == "" || strings.HasSuffix(s, "/") {
		return File{}, errors.New("the address names a folder, not a file")
	}
	if t.folder != "" {
		abs, err := filepath.Abs(t.folder)
		if err != nil {
			return File{}, fmt.Errorf("the file %s cannot be located: %w", safe.Text(s), err)
		}
		return File{Base: filepath.Dir(abs), Name: name}, nil
	}
	t.path = t.path[:strings.LastIndexByte(t.path, '/')]
	f := File{Base: t.String(), Name: name, Flat: strings.Contains(name, "/")}
	if unsafe := checkName(name); unsafe != nil {
		return File{}, unsafe
	}
	return f, nil
}
