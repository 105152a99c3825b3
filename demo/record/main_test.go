package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/gif"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test's own program is the one that tapes run.
func TestMain(m *testing.M) {
	if os.Getenv("CHILD") == "" {
		os.Exit(m.Run())
	}
	fmt.Print("\x1b[2J\x1b[H✓ begun")
	_, _ = os.Stdin.Read(make([]byte, 1))
	fmt.Print("\r\n\x1b[31m✗ ended\x1b[0m\r\n")
}

// tapeFile writes a tape whose program is the test's own.
func tapeFile(t *testing.T, name, text string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	text = strings.ReplaceAll("env CHILD=1\n"+text, "SELF", self)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const story = `size 40x4
font 14
fps 10
gif NAME/film.gif
cast NAME/film.cast
run SELF
until begun
wait 200ms
shot NAME/begun
key enter
until ended
shot NAME/ended
end
`

func TestTapesBecomePictures(t *testing.T) {
	for _, flags := range [][]string{{"-fps=5"}, {"-together"}} {
		picturesOf(t, flags)
	}
}

func picturesOf(t *testing.T, flags []string) {
	t.Helper()
	a := tapeFile(t, "a.tape", strings.ReplaceAll(story, "NAME", "a"))
	b := tapeFile(t, "b.tape", strings.ReplaceAll(strings.Replace(story, "gif NAME/film.gif\n", "", 1), "NAME", "b"))
	out := t.TempDir()
	var said bytes.Buffer
	if err := run(t.Context(), append(flags, "-out", out, a, b), &said, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"a", "b"} {
		for name, check := range map[string]func(io.Reader) error{
			"begun.png": func(r io.Reader) error { _, err := png.Decode(r); return err },
			"ended.svg": wellFormed,
			"film.gif": func(r io.Reader) error {
				g, err := gif.DecodeAll(r)
				if err == nil && len(g.Image) < 2 {
					err = fmt.Errorf("%d frames", len(g.Image))
				}
				return err
			},
			"film.cast": func(r io.Reader) error {
				text, err := io.ReadAll(r)
				if err == nil && !bytes.Contains(text, []byte("✗ ended")) {
					err = fmt.Errorf("it is %s", text)
				}
				return err
			},
		} {
			if dir == "b" && name == "film.gif" { // which asks for none
				continue
			}
			path := filepath.Join(out, dir, name)
			f, err := os.Open(path)
			if err != nil {
				t.Error(err)
				continue
			}
			if err := check(f); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			f.Close()
			if !strings.Contains(said.String(), path) {
				t.Errorf("%s is not told of:\n%s", path, said.String())
			}
		}
	}
}

func TestTapesOfTheProjectAreRead(t *testing.T) {
	names, err := filepath.Glob("../tapes/*.tape")
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no tapes: %v", err)
	}
	if _, err := read(names); err != nil {
		t.Error(err)
	}
}

func wellFormed(r io.Reader) error {
	for dec := xml.NewDecoder(r); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	bad := tapeFile(t, "bad.tape", "run SELF\nclick\n")
	worse := tapeFile(t, "worse.tape", "size big\nrun SELF\n")
	long := tapeFile(t, "long.tape", "run SELF\nwait 4m\n")
	lacking := tapeFile(t, "lacking.tape", "size 40x4\nrun SELF\nuntil begun\ntype 画\nuntil 画\nshot a\n")
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"no tape", nil, []string{"which tapes?"}},
		{"no such tape", []string{"none.tape"}, []string{"none.tape"}},
		{"no frames at all", []string{"-fps", "-1", bad}, []string{"-fps -1"}},
		{"all tapes that are wrong", []string{bad, worse}, []string{"bad.tape:3: unknown word", "worse.tape:2: size:"}},
		{"a tape that takes too long", []string{"-limit", "300ms", long}, []string{"long.tape:3: wait: it takes longer than 300ms"}},
		{"a character without a glyph", []string{"-out", t.TempDir(), lacking}, []string{`['画']`}},
	} {
		began := time.Now()
		err := run(t.Context(), c.args, io.Discard, io.Discard)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", c.name, err, want)
			}
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: it took %v", c.name, took)
		}
	}
}
