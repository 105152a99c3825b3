package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

// What Windows reads when it is asked for a name, and what a server has under it, can be
// two files. The one is not taken for the other.
func TestNamesThatAreOthersOnWindows(t *testing.T) {
	dir := folder(t, map[string]string{"fine.txt": "x", "dir/b.txt": "b", "%41.txt": "escaped"})
	c := newClient(t, Options{})
	for _, name := range []string{
		"fine.txt.", "fine.txt ", "fine.txt. .", "dir./b.txt", "dir /b.txt", "FINE.TXT", "Dir/b.txt", "dir/B.txt",
		"fine.txt:x", "fine.txt::$DATA", `dir\b.txt`, "CON", "aux.txt", "dir/nul", "com1", "CONIN$", "a:b",
		"fine?txt", "*", "a<b", "a>b", "a|b", `a"b`, "a\x01b", strings.Repeat("n", 300), strings.Repeat("n/", 20_000) + "n",
	} {
		if e := get(t, c, file(dir, name)).failure(t); e.Kind != finding.Missing || e.Retry || strings.HasSuffix(e.Text, ".") {
			t.Errorf("%.50q: %+v", name, e)
		}
	}
	for _, name := range []string{`\\server\share\x`, `C:\x`, "C:/x", `..\x`, `dir\..\fine.txt`} {
		if e := get(t, c, file(dir, name)).failure(t); e.Kind != finding.UnsafeName {
			t.Errorf("%q: %+v", name, e)
		}
	}
	for _, base := range []string{dir, strings.ToUpper(dir), `\\?\` + dir} { // of the folder itself the case counts as little as anywhere
		for name, want := range map[string]string{"fine.txt": "x", "dir/b.txt": "b", "%41.txt": "escaped"} {
			if o := get(t, c, file(base, name)); o.err != nil || string(o.body) != want {
				t.Errorf("%s below %s: %q, %v", name, base, o.body, o.err)
			}
		}
	}
}

func TestFoldersAsWindowsWritesThem(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("repo", 0o755); err != nil {
		t.Fatal(err)
	}
	drive, rest := dir[:2], dir[2:]
	for in, want := range map[string]string{
		filepath.ToSlash(dir) + "/repo": filepath.Join(dir, "repo"),
		rest + `\repo`:                  filepath.Join(dir, "repo"),
		drive + "repo":                  filepath.Join(dir, "repo"), // of the drive's own folder
		`.\repo\`:                       filepath.Join(dir, "repo"),
		"file:///" + filepath.ToSlash(dir) + "/repo/": filepath.Join(dir, "repo"),
	} {
		if got, err := ParseBase(in); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`file://C:\repo`:      "file:///C:/folder",
		"file://server/share": "file:///C:/folder",
		`C:\no\such`:          `there is no folder C:\no\such`,
		`\\.\NUL`:             "",
		"CON":                 "",
	} {
		if got, err := ParseBase(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
	}
	for base, last := range map[string]string{`C:\repo\metadata`: "metadata", `\\server\share\metadata`: "metadata", `C:\`: "", `\\server\share`: ""} {
		if got := Last(base); got != last {
			t.Errorf("Last(%s) = %q, want %q", base, got, last)
		}
	}
}

func TestInOtherLetters(t *testing.T) {
	for _, c := range []struct{ path, name, want string }{
		{`\r\fine.txt`, "FINE.TXT", "fine.txt"},
		{`\r\Dir\b`, `dir\b`, "Dir/b"},
		{`\R\b`, "b", ""},
		{`\r\file`, "link", ""},
		{`b`, `a\b`, ""},
		{"", "b", ""},
	} {
		if got := inOtherLetters(c.path, c.name); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.name, c.path, got, c.want)
		}
	}
}
