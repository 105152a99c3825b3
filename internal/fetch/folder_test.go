package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"example.com/tufinspect/internal/finding"
)

// folder makes a folder with files; a name that ends in a slash is a folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(p, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFolder(t *testing.T) {
	odd := "q!x#y" // marks that have a meaning in URLs
	if runtime.GOOS != "windows" {
		odd = "q?x#y"
	}
	dir := folder(t, map[string]string{
		"timestamp.json":   "12345",
		"a/b.txt":          "nested",
		"empty":            "",
		"1.x%2Fy.json":     "escaped",
		"x/y.json":         "not escaped",
		"2.x/y.json":       "nested role",
		"my role.json":     "unescaped space",
		"100%":             "percent",
		odd:                "question",
		"folder/":          "",
		"a%2e%2e/b":        "literal",
		"%2e%2e%2fpasswd":  "literal too",
		"ends-with-slash":  "x",
		"big":              strings.Repeat("z", 3*bufferSize+1),
		"inside/real.json": "through a link",
	})
	c := newClient(t, Options{})
	const all = -1
	for _, tt := range []struct {
		name   string
		file   string
		flat   bool
		length int64
		limit  int64
		want   string
		kind   finding.ID
	}{
		{"a file", "timestamp.json", false, all, 100, "12345", ""},
		{"a file of a known length", "timestamp.json", false, 5, 0, "12345", ""},
		{"a file just within the limit", "timestamp.json", false, all, 5, "12345", ""},
		{"a file in a folder", "a/b.txt", false, all, 100, "nested", ""},
		{"two slashes count once", "a//b.txt", false, all, 100, "nested", ""},
		{"an empty file", "empty", false, 0, 0, "", ""},
		{"an empty file without a limit", "empty", false, all, 0, "", ""},
		{"a file of several buffers", "big", false, 3*bufferSize + 1, 0, strings.Repeat("z", 3*bufferSize+1), ""},
		{"a flat name as it is escaped", "1.x/y.json", true, all, 100, "escaped", ""},
		{"a flat name as a server nests it", "2.x/y.json", true, all, 100, "nested role", ""},
		{"a flat name with a space", "my role.json", true, all, 100, "unescaped space", ""},
		{"a percent sign", "100%", false, all, 100, "percent", ""},
		{"marks that have a meaning in URLs", odd, false, all, 100, "question", ""},
		{"escaped dots are a name", "a%2e%2e/b", false, all, 100, "literal", ""},
		{"escaped dots and slash are a name", "%2e%2e%2fpasswd", false, all, 100, "literal too", ""},

		{"one byte too many", "timestamp.json", false, 4, 0, "", finding.WrongLength},
		{"one byte too few", "timestamp.json", false, 6, 0, "12345", finding.WrongLength},
		{"one byte over the limit", "timestamp.json", false, all, 4, "", finding.TooLarge},
		{"none may come", "timestamp.json", false, all, 0, "", finding.TooLarge},
		{"a negative limit", "timestamp.json", false, all, -1, "", finding.TooLarge},
		{"not there", "none", false, all, 100, "", finding.Missing},
		{"not there, flat", "none/x", true, all, 100, "", finding.Missing},
		{"below a file", "timestamp.json/x", false, all, 100, "", finding.Missing},
		{"a name that is too long", strings.Repeat("n", 300), false, all, 100, "", finding.Missing},
		{"a name that is not UTF-8", "a\xff", false, all, 100, "", finding.Missing},
		{"a file with a slash behind", "ends-with-slash/", false, all, 100, "", finding.Missing},
		{"a folder", "folder", false, all, 100, "", finding.UnsafeFile},
		{"outside", "../x", false, all, 100, "", finding.UnsafeName},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := get(t, c, Request{File: File{Base: dir, Name: tt.file, Flat: tt.flat}, Length: tt.length, Limit: tt.limit})
			if string(o.body) != tt.want {
				t.Errorf("got %.40q, want %.40q", o.body, tt.want)
			}
			if tt.kind == "" {
				if o.err != nil {
					t.Fatal(o.err)
				}
				if got, want := o.trace.phases(), []Phase{Headers, Body}; !slices.Equal(got, want) {
					t.Errorf("phases %v, want %v", got, want)
				}
				r := o.trace.responses
				if len(r) != 1 || r[0].Protocol != "file" || r[0].Length != o.n || r[0].Status != 0 {
					t.Errorf("responses %+v", r)
				}
				return
			}
			e := o.failure(t)
			if e.Kind != tt.kind || e.Retry || e.Text == "" || strings.Contains(e.Text, dir) {
				t.Errorf("got %+v, want kind %s", e, tt.kind)
			}
		})
	}
}

func TestFolderIsNotThere(t *testing.T) {
	dir := folder(t, map[string]string{"file": "x"})
	c := newClient(t, Options{})
	for _, base := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "file")} {
		if e := get(t, c, file(base, "a")).failure(t); e.Kind != finding.Missing {
			t.Errorf("%s: %+v", base, e)
		}
	}
}

func TestFolderLinks(t *testing.T) {
	top := folder(t, map[string]string{"secret": "outside", "base/real": "inside", "base/sub/x": "x"})
	base := filepath.Join(top, "base")
	for name, to := range map[string]string{
		"out":      "../secret",
		"absolute": filepath.Join(top, "secret"),
		"self":     filepath.Join(base, "real"), // absolute: a server may have the folder elsewhere
		"in":       "real",
		"loop":     "loop",
		"up":       "..",
		"sub/back": "../real",
		"broken":   "none",
		"folder":   "sub",
	} {
		if err := os.Symlink(to, filepath.Join(base, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	c := newClient(t, Options{})
	for name, want := range map[string]finding.ID{
		"out":       finding.UnsafeFile,
		"absolute":  finding.UnsafeFile,
		"self":      finding.UnsafeFile,
		"up/secret": finding.UnsafeFile,
		"loop":      finding.UnsafeFile,
		"folder":    finding.UnsafeFile,
		"broken":    finding.Missing,
		"in":        "",
		"sub/back":  "",
		"folder/x":  "",
	} {
		o := get(t, c, file(base, name))
		if want == "" {
			if o.err != nil {
				t.Errorf("%s: %v", name, o.err)
			}
			continue
		}
		if e := o.failure(t); e.Kind != want || o.n != 0 {
			t.Errorf("%s: %+v, want %s", name, e, want)
		}
	}
}

func TestFolderThatIsALinkItself(t *testing.T) {
	top := folder(t, map[string]string{"v1/a": "one", "v2/a": "two"})
	current := filepath.Join(top, "current")
	c := newClient(t, Options{})
	for version, want := range map[string]string{"v1": "one", "v2": "two"} {
		_ = os.Remove(current)
		if err := os.Symlink(version, current); err != nil {
			t.Skip("no symbolic links here:", err)
		}
		if o := get(t, c, file(current, "a")); o.err != nil || string(o.body) != want {
			t.Errorf("%s: %q, %v", version, o.body, o.err)
		}
	}
}

func TestFileErrors(t *testing.T) {
	path := func(err error) error { return &fs.PathError{Op: "read", Path: "/srv/secret", Err: err} }
	for _, tt := range []struct {
		err  error
		kind finding.ID
		text string
	}{
		{path(fs.ErrNotExist), finding.Missing, "no such file"},
		{path(syscall.EACCES), finding.Forbidden, "permission denied"},
		{path(syscall.EIO), finding.ReadError, syscall.EIO.Error()},
		{path(errors.New("weird\x1b")), finding.ReadError, `weird\u{1b}`},
		{io.ErrNoProgress, finding.ReadError, io.ErrNoProgress.Error()},
	} {
		if e := fileError(tt.err); e.Kind != tt.kind || e.Text != tt.text || e.Retry || !errors.Is(e, tt.err) {
			t.Errorf("%v: %+v", tt.err, e)
		}
	}
}

// cancelSink cancels a context at the first write.
type cancelSink struct {
	cancel func()
	n      int64
}

func (s *cancelSink) Write(p []byte) (int, error) {
	s.cancel()
	s.n += int64(len(p))
	return len(p), nil
}

func TestFolderStopsBetweenReads(t *testing.T) {
	dir := folder(t, map[string]string{"big": strings.Repeat("z", 4*bufferSize)})
	c := newClient(t, Options{})
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	sink := &cancelSink{cancel: func() { cancel(cause) }}
	n, err := c.Get(ctx, file(dir, "big"), sink, nil)
	if err != cause || n != bufferSize || sink.n != n {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := c.Get(ctx, file(dir, "big"), sink, nil); err != cause || n != 0 {
		t.Errorf("a Get that comes too late: %d bytes, %v", n, err)
	}
}

func TestManyGetsAtOnce(t *testing.T) {
	files := map[string]string{}
	for i := range 100 {
		files[fmt.Sprintf("d%d/f", i)] = strings.Repeat(string(rune('a'+i%26)), 1000*i)
	}
	dir := folder(t, files)
	server := serve(t, fileServer(dir))
	c := newClient(t, Options{MaxConns: 4})
	var wg sync.WaitGroup
	for name, want := range files {
		for _, base := range []string{dir, server.URL} {
			wg.Go(func() {
				o := get(t, c, exactly(base, name, int64(len(want))))
				if o.err != nil || string(o.body) != want {
					t.Errorf("%s: %d bytes, %v", name, o.n, o.err)
				}
			})
		}
	}
	wg.Go(c.Close)
	wg.Wait()
}
