package term

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// env is an environment of a few variables.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// copied copies a text, and gives what the terminal got beside a frame before and one
// after.
func copied(t *testing.T, text string, getenv func(string) string) (got, how string, err error) {
	t.Helper()
	g := newGate()
	close(g.open)
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("before"))
	how, err = w.Copy(text, getenv)
	_, _ = w.Write([]byte("after"))
	w.Finish(time.Second)
	got, ok := strings.CutPrefix(g.text(), syncBegin+"before"+syncEnd)
	got, ok2 := strings.CutSuffix(got, syncBegin+"after"+syncEnd)
	if !ok || !ok2 {
		t.Errorf("the frames are not whole: %q", g.text())
	}
	return got, how, err
}

// fakeTmux puts a program called tmux first in the path. It keeps what it is given.
func fakeTmux(t *testing.T, script string) (given func() string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no scripts here")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "given")
	text := "#!/bin/sh\necho \"$@\" > " + file + "\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "tmux"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() string {
		b, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return string(b)
	}
}

const (
	path = "releases/größe 1.20/cli.tar.zst"
	sent = "sent to the terminal's clipboard"
)

func TestCopying(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(path))
	plain := "\x1b]52;c;" + encoded + "\x07"
	t.Run("writes one sequence, and no more than base64 in it", func(t *testing.T) {
		got, how, err := copied(t, path, env("TERM", "xterm-256color"))
		if got != plain || how != sent || err != nil {
			t.Errorf("the terminal got %q, %q, %v", got, how, err)
		}
	})
	t.Run("wraps it for GNU screen", func(t *testing.T) {
		got, how, err := copied(t, path, env("TERM", "screen-256color"))
		if got != "\x1bP"+plain+"\x1b\\" || how != sent || err != nil {
			t.Errorf("the terminal got %q, %q, %v", got, how, err)
		}
	})
	t.Run("gives it to tmux, which gives it to the terminal", func(t *testing.T) {
		given := fakeTmux(t, "cat >> $(dirname $0)/given")
		got, how, err := copied(t, path, env("TMUX", "/tmp/x,1,0", "TERM", "screen-256color"))
		if got != "" || how != "given to tmux, for the terminal's clipboard" || err != nil {
			t.Errorf("the terminal got %q, %q, %v", got, how, err)
		}
		if want := "load-buffer -w -\n" + path; given() != want {
			t.Errorf("tmux got %q, want %q", given(), want)
		}
	})
	t.Run("goes through tmux when that does not want it", func(t *testing.T) {
		given := fakeTmux(t, "echo unknown flag -w >&2; exit 1")
		got, how, err := copied(t, path, env("TMUX", "/tmp/x,1,0", "TERM", "tmux-256color"))
		if got != "\x1bPtmux;\x1b"+plain+"\x1b\\" || how != sent || err != nil {
			t.Errorf("the terminal got %q, %q, %v", got, how, err)
		}
		if given() == "" {
			t.Error("tmux was not asked")
		}
	})
	t.Run("goes through tmux where there is none to call", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		got, _, err := copied(t, path, env("TMUX", "/tmp/x,1,0"))
		if got != "\x1bPtmux;\x1b"+plain+"\x1b\\" || err != nil {
			t.Errorf("the terminal got %q, %v", got, err)
		}
	})
	t.Run("refuses what terminals drop without a word", func(t *testing.T) {
		got, how, err := copied(t, strings.Repeat("x", clipMost+1), env())
		if got != "" || how != "" || err == nil || err.Error() != "8193 bytes are more than terminals take (8192)" {
			t.Errorf("the terminal got %d bytes, %q, %v", len(got), how, err)
		}
		if got, _, err := copied(t, strings.Repeat("x", clipMost), env()); err != nil || len(got) < clipMost {
			t.Errorf("the terminal got %d bytes of the longest that is taken, %v", len(got), err)
		}
	})
	t.Run("lets no character through as it is", func(t *testing.T) {
		got, _, err := copied(t, "\x07\x1b\\\x1b[2J\x1b]0;title\x07\r\n\u202e\x9c", env())
		rest, ok := strings.CutPrefix(got, "\x1b]52;c;")
		rest, ok2 := strings.CutSuffix(rest, "\x07")
		if err != nil || !ok || !ok2 || strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != "" {
			t.Errorf("the terminal got %q, %v", got, err)
		}
	})
}

func TestCopyingIsNeverDroppedBehindFrames(t *testing.T) {
	g := newGate()
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("first"))
	<-g.enter // it hangs now
	big := bytes.Repeat([]byte("x"), 60<<10)
	for range 10 {
		_, _ = w.Write(big)
	}
	if _, err := w.Copy("text", env()); err != nil {
		t.Fatal(err)
	}
	close(g.open)
	w.Finish(5 * time.Second)
	if n := strings.Count(g.text(), "\x1b]52;c;dGV4dA==\x07"); n != 1 {
		t.Errorf("it came through %d times", n)
	}
}

func TestCopyingToATerminalThatDoesNotRead(t *testing.T) {
	g := newGate()
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("first"))
	<-g.enter
	text := strings.Repeat("x", clipMost)
	for range 100 {
		if _, err := w.Copy(text, env()); err != nil {
			if err.Error() != "the terminal does not read" {
				t.Error(err)
			}
			close(g.open)
			w.Finish(5 * time.Second)
			if _, err := w.Copy("late", env()); err == nil {
				t.Error("a writer that has ended takes a text")
			}
			return
		}
	}
	t.Error("there is room for everything")
}
