package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseBase(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "root.json")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := os.Mkdir("repo", 0o755); err != nil {
		t.Fatal(err)
	}
	slashed := "/" + strings.TrimPrefix(filepath.ToSlash(dir), "/") // a drive follows a slash in a URL
	for _, tt := range []struct {
		name, in, want, err string
	}{
		{"a URL", "https://h/repo/", "https://h/repo", ""},
		{"a URL with everything", "HTTP://u:p@H:8080/a/../b?x=1", "http://u:p@h:8080/b?x=1", ""},
		{"a folder", dir, dir, ""},
		{"a folder with a slash", dir + "/", dir, ""},
		{"a relative folder", "repo", filepath.Join(dir, "repo"), ""},
		{"a file URL", "file://" + slashed, dir, ""},
		{"a file URL with localhost", "file://localhost" + slashed, dir, ""},

		{"nothing", "", "", "give a URL or a folder"},
		{"a scheme that is not supported", "ftp://h/x", "", `the scheme "ftp" is not supported`},
		{"no host", "https:///x", "", "no host"},
		{"no slashes", "https:h/x", "", "no host"},
		{"no host but a port", "https://:80/x", "", "no host"},
		{"a port that cannot be", "https://h:99999/x", "", "port 99999"},
		{"a fragment", "https://h/x#top", "", "fragment"},
		{"an empty fragment", "https://h/x#", "", "fragment"},
		{"a bad escape", "https://h/%zz", "", "cannot be read"},
		{"a control character", "https://h/\x1b", "", "cannot be read"},
		{"another machine's file", "file://h/x", "", `host "h"`},
		{"a file URL with a query", "file:///x?y", "", "query"},
		{"a missing folder", dir + "/none", "", "there is no folder " + dir + "/none"},
		{"a server without a scheme", "example.org/repo", "", "write https://example.org/repo"},
		{"a file", plain, "", "is not a folder"},
		{"an escape sequence", "no\x1b[2Jsuch", "", `no\u{1b}[2Jsuch`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseBase(tt.in)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %q, %v; want an error with %q", got, err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if again, err := ParseBase(got); err != nil || again != got {
				t.Errorf("again: %q, %v", again, err)
			}
		})
	}
}

func TestSecretsAreNotRepeated(t *testing.T) {
	for _, in := range []string{
		"https://user:pass/secret@h/x", "https://user:secret@h:port/x", "https://user:secret@h/%zz", "https://user:secret%@h/x",
		"https://h/x?secret", "https://user:secret@h/x", "https://secret@h/x", "https://user:secret@/x", "https://user:secret@h/x#f",
		"ftp://user:secret@h/x",
	} {
		if _, err := ParseBase(in); err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", in, err)
		}
		if shown := Redact(in); strings.Contains(shown, "secret") {
			t.Errorf("%s is shown as %s", in, shown)
		}
		c := newClient(t, Options{})
		if _, err := c.Locate(File{Base: in, Name: "a"}); err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestNeighbours(t *testing.T) {
	for _, tt := range []struct {
		base, last, below, beside string
	}{
		{"https://h/repo/metadata", "metadata", "https://h/repo/metadata/targets", "https://h/repo/targets"},
		{"https://h/repo/metadata/", "metadata", "https://h/repo/metadata/targets", "https://h/repo/targets"},
		{"https://h/metadata?sig=1", "metadata", "https://h/metadata/targets?sig=1", "https://h/targets?sig=1"},
		{"https://u:p@h/a%20b", "a b", "https://u:p@h/a%20b/targets", "https://u:p@h/targets"},
		{"https://h", "", "https://h/targets", ""},
		{"https://h/", "", "https://h/targets", ""},
		{"/srv/repo/metadata", "metadata", "/srv/repo/metadata/targets", "/srv/repo/targets"},
		{"/srv/repo/metadata/", "metadata", "/srv/repo/metadata/targets", "/srv/repo/targets"},
		{"file:///srv/repo/metadata", "metadata", "/srv/repo/metadata/targets", "/srv/repo/targets"},
		{"/", "", "/targets", ""},
	} {
		if got := Last(tt.base); got != tt.last {
			t.Errorf("Last(%s) = %q, want %q", tt.base, got, tt.last)
		}
		if got := Below(tt.base, "targets"); filepath.ToSlash(got) != tt.below {
			t.Errorf("Below(%s) = %q, want %q", tt.base, got, tt.below)
		}
		got, ok := Beside(tt.base, "targets")
		if ok != (tt.beside != "") || filepath.ToSlash(got) != tt.beside {
			t.Errorf("Beside(%s) = %q, %v, want %q", tt.base, got, ok, tt.beside)
		}
	}
}

func TestSplitFile(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		in   string
		want File
	}{
		{"https://h/m/1.root.json", File{Base: "https://h/m", Name: "1.root.json"}},
		{"https://u:p@h/1.root.json?sig=x", File{Base: "https://u:p@h?sig=x", Name: "1.root.json"}},
		{"https://h/m/a%2Fb%20c", File{Base: "https://h/m", Name: "a/b c", Flat: true}},
		{filepath.Join(dir, "1.root.json"), File{Base: dir, Name: "1.root.json"}},
	} {
		got, err := SplitFile(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v", tt.in, got, err)
		}
	}
	for _, in := range []string{"", "https://h", "https://h/m/", "https://h/..%2Fx", "https://h/%00", "/", "ftp://h/x"} {
		if got, err := SplitFile(in); err == nil {
			t.Errorf("%q: got %+v", in, got)
		}
	}
}
