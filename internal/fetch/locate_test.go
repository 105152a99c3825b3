package fetch

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

func TestLocate(t *testing.T) {
	c := newClient(t, Options{})
	const refused = ""
	for _, tt := range []struct {
		name string
		base string
		file string
		flat bool
		want string
	}{
		{"a plain name", "https://h/repo", "timestamp.json", false, "https://h/repo/timestamp.json"},
		{"a base with a slash at its end", "https://h/repo/", "timestamp.json", false, "https://h/repo/timestamp.json"},
		{"a server's root", "https://h", "timestamp.json", false, "https://h/timestamp.json"},
		{"a server's root with a slash", "https://h/", "timestamp.json", false, "https://h/timestamp.json"},
		{"a name with folders", "https://h/t", "a/b/c.txt", false, "https://h/t/a/b/c.txt"},
		{"an empty segment is kept", "https://h/t", "a//b", false, "https://h/t/a//b"},
		{"a flat name is one segment", "https://h/m", "1.a/b.json", true, "https://h/m/1.a%2Fb.json"},
		{"an IPv6 host with a port", "http://[::1]:8080/x", "a", false, "http://[::1]:8080/x/a"},
		{"an IPv6 host with a zone", "http://[fe80::1%25Eth0]/x", "a", false, "http://[fe80::1%25Eth0]/x/a"},
		{"a host in upper case", "HTTPS://H.example/X", "a", false, "https://h.example/X/a"},
		{"user and password are hidden", "https://user:secret@h/x", "a", false, "https://xxxxx@h/x/a"},
		{"a token as user is hidden", "https://secret@h/x", "a", false, "https://xxxxx@h/x/a"},
		{"a query is hidden", "https://h/x?sig=secret", "a", false, "https://h/x/a?xxxxx"},
		{"dots in the base are resolved", "https://h/x/../y/./", "a", false, "https://h/y/a"},
		{"escapes in the base stay", "https://h/a%2Fb%20c", "a", false, "https://h/a%2Fb%20c/a"},
		{"a question mark", "https://h/t", "a?x", false, "https://h/t/a%3Fx"},
		{"a number sign", "https://h/t", "a#b", false, "https://h/t/a%23b"},
		{"a percent sign", "https://h/t", "100%", false, "https://h/t/100%25"},
		{"a space and letters of other scripts", "https://h/t", "ä b", false, "https://h/t/%C3%A4%20b"},
		{"control characters", "https://h/t", "a\r\nb\x1b", false, "https://h/t/a%0D%0Ab%1B"},
		{"escaped dots stay a name", "https://h/t", "a%2e%2e/b", false, "https://h/t/a%252e%252e/b"},
		{"escaped dots and slash stay a name", "https://h/t", "..%2f", false, "https://h/t/..%252f"},
		{"a path parameter stays a name", "https://h/t", "..;/x", false, "https://h/t/..%3B/x"},
		{"an address stays a name", "https://h/t", "http://evil/x", false, "https://h/t/http://evil/x"},
		{"three dots are a name", "https://h/t", ".../x", false, "https://h/t/.../x"},
		{"a folder", "/srv/repo", "a/b", false, "/srv/repo/a/b"},
		{"a file URL", "file:///srv/my%20repo", "a", false, "/srv/my repo/a"},
		{"a flat name in a folder", "/srv/repo", "1.a/b.json", true, "/srv/repo/1.a%2Fb.json"},
		{"an escape sequence in a folder's file", "/srv/repo", "a\x1b[2J", false, `/srv/repo/a\u{1b}[2J`},

		{"no name", "https://h/t", "", false, refused},
		{"dots upwards", "https://h/t", "../../etc/passwd", false, refused},
		{"dots upwards in a folder", "/srv/repo", "../../etc/passwd", false, refused},
		{"absolute", "https://h/t", "/etc/hostname", false, refused},
		{"absolute, another host", "https://h/t", "//evil/x", false, refused},
		{"dots upwards in the middle", "https://h/t", "a/../../b", false, refused},
		{"dots that stay inside", "https://h/t", "a/../b", false, refused},
		{"dots at the end", "https://h/t", "a/..", false, refused},
		{"a single dot", "https://h/t", "a/./b", false, refused},
		{"dots between backslashes", "https://h/t", `a\..\..\b`, false, refused},
		{"dots before a backslash", "https://h/t", `..\b`, false, refused},
		{"dots between both slashes", "https://h/t", `a/..\b`, false, refused},
		{"a drive", "https://h/t", `C:\x`, false, refused},
		{"a share", "https://h/t", `\\host\share`, false, refused},
		{"a NUL", "https://h/t", "a\x00b", false, refused},
		{"a role that climbs", "https://h/m", "../x.json", true, refused},
		{"an absolute role", "https://h/m", "/x.json", true, refused},
		{"no role", "https://h/m", "", true, refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := c.Locate(File{Base: tt.base, Name: tt.file, Flat: tt.flat})
			if tt.want == refused {
				var e *Error
				if !errors.As(err, &e) || e.Kind != finding.UnsafeName || e.Retry {
					t.Fatalf("got %q, %v; want unsafe-name", got, err)
				}
				if o := get(t, c, Request{File: File{Base: tt.base, Name: tt.file, Flat: tt.flat}, Length: -1, Limit: 10}); o.failure(t).Kind != finding.UnsafeName || len(o.trace.marks) != 0 {
					t.Errorf("Get: %v after %v", o.err, o.trace.marks)
				}
				return
			}
			if err != nil || got != filepath.FromSlash(tt.want) && got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestTheAddressKeepsTheQuery(t *testing.T) {
	s, err := parseSite("https://user:secret@h/x?sig=a%2Fb&t=1")
	if err != nil {
		t.Fatal(err)
	}
	const want = "https://h/x/a%3Fb?sig=a%2Fb&t=1"
	if got := s.address(File{Name: "a?b"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := s.String(), "https://user:secret@h/x?sig=a%2Fb&t=1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestHolds shows that the last line of defence works on its own.
func TestHolds(t *testing.T) {
	s, err := parseSite("https://h/repo/metadata?q")
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"https://h/repo/metadata/a?q":               true,
		"https://h/repo/metadata/a":                 false,
		"https://h/repo/metadata/a?r":               false,
		"https://h/repo/metadata/a?q#f":             false,
		"https://u@h/repo/metadata/a?q":             false,
		"http://h/repo/metadata/a?q":                false,
		"https://h:444/repo/metadata/a?q":           false,
		"https://evil/repo/metadata/a?q":            false,
		"https://h/repo/metadata?q":                 false,
		"https://h/repo/metadata/?q":                false,
		"https://h/repo/metadataX/a?q":              false,
		"https://h/repo/metadata/../targets?q":      false,
		"https://h/repo/metadata/%2e%2e/targets?q":  false,
		"https://h/repo/metadata/a%2F..%2Fb?q":      false,
		"https://h/repo/metadata/a%5C..%5Cb?q":      false,
		"https://h/repo/metadata/%2Fetc?q":          false,
		"https://h/repo/metadata/1.a%2Fb.json?q":    true,
		"https://h/repo/metadata/..%252Ftargets?q":  true,
		"https://h/repo/metadata/%252e%252e/file?q": true,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.holds(u); got != want {
			t.Errorf("%s: got %v", address, got)
		}
	}
}

// FuzzLocate: no base and no name make an address outside the base.
func FuzzLocate(f *testing.F) {
	for _, base := range []string{"https://h/repo", "http://u:p@[::1]:80/a/../b?q", "http://h", "http://h//", "https://h/a%2fb/"} {
		for _, name := range []string{"a", "../x", "a/../../b", "..%2f", "%2e%2e/a", `a\..\b`, "//h/x", "a?b#c", "a\x00", "\u202e", "C:/x", ".", ":80/x", "@evil/x"} {
			f.Add(base, name, false)
			f.Add(base, name, true)
		}
	}
	f.Fuzz(func(t *testing.T, base, name string, flat bool) {
		s, err := parseSite(base)
		if err != nil || s.folder != "" {
			return
		}
		again, err := parseSite(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q becomes %q, which becomes %v, %v", base, s, again, err)
		}
		file := File{Base: base, Name: name, Flat: flat}
		if _, err := s.locate(file); err != nil {
			return
		}
		u, err := url.Parse(s.address(file))
		if err != nil {
			t.Fatalf("%q below %q makes no address: %v", name, base, err)
		}
		if !s.holds(u) {
			t.Fatalf("%q below %q leaves it as %s", name, base, u)
		}
		if same, ok := s.url(file); !ok || !reflect.DeepEqual(same, u) {
			t.Fatalf("%q below %q is %#v, and parsed it is %#v", name, base, same, u)
		}
		if u.Host != s.host || u.Scheme != s.scheme || u.User != nil {
			t.Fatalf("%q below %q asks %s", name, base, u.Host)
		}
		// What a strict and what a sloppy server make of it.
		rest, ok := strings.CutPrefix(u.EscapedPath(), s.path+"/")
		if !ok {
			t.Fatalf("%q below %q leads to %q", name, base, u.EscapedPath())
		}
		decoded, err := url.PathUnescape(rest)
		if err != nil || decoded != name {
			t.Fatalf("%q is asked for as %q", name, decoded)
		}
		for _, segment := range strings.FieldsFunc(decoded, func(r rune) bool { return r == '/' || r == '\\' }) {
			if segment == ".." || segment == "." {
				t.Fatalf("%q goes through", name)
			}
		}
		if flat && strings.Contains(rest, "/") {
			t.Fatalf("flat %q has become %q", name, rest)
		}
	})
}

// FuzzFolder: no name reads a file outside the folder.
func FuzzFolder(f *testing.F) {
	top := f.TempDir()
	base := filepath.Join(top, "base")
	if err := os.MkdirAll(filepath.Join(base, "a"), 0o755); err != nil {
		f.Fatal(err)
	}
	const secret = "outside"
	for _, p := range []string{filepath.Join(top, "secret"), filepath.Join(top, "x")} {
		if err := os.WriteFile(p, []byte(secret), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	_ = os.Symlink("../secret", filepath.Join(base, "link"))
	_ = os.Symlink("../..", filepath.Join(base, "a", "up"))
	for _, name := range []string{"../secret", "link", "a/up/secret", "a/../../secret", `..\secret`, "..%2fsecret", "/etc/hostname", "a//../x", "a/up/../secret", filepath.Join(top, "secret")} {
		f.Add(name, false)
		f.Add(name, true)
	}
	c := newClient(f, Options{})
	f.Fuzz(func(t *testing.T, name string, flat bool) {
		var b strings.Builder
		_, err := c.Get(t.Context(), Request{File: File{Base: base, Name: name, Flat: flat}, Length: -1, Limit: 64}, &b, nil)
		if err == nil || b.Len() > 0 {
			t.Fatalf("%q was read: %q", name, b.String())
		}
	})
}
