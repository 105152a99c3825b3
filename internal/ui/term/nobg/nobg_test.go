package nobg_test

import (
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/creack/pty"
	"go.uber.org/goleak"

	_ "example.com/tufinspect/internal/ui/term/nobg"
)

const childEnv = "NOBG_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(0) // all that matters has happened in init functions
	}
	goleak.VerifyTestMain(m)
}

type here struct{}

func TestThePathSortsBeforeBubbleTea(t *testing.T) {
	own := strings.TrimSuffix(reflect.TypeFor[here]().PkgPath(), "_test")
	theirs := reflect.TypeFor[tea.Program]().PkgPath()
	if own == "" || own >= theirs {
		t.Errorf("%q has to sort before %q: see the package comment", own, theirs)
	}
}

func TestOnlyLipGlossIsImported(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			if imp.Path.Value != `"github.com/charmbracelet/lipgloss"` {
				t.Errorf("%s imports %s, which may make this package ready too late", name, imp.Path.Value)
			}
		}
	}
}

// A program that links Bubble Tea starts at once on a terminal that never answers,
// and asks it nothing.
func TestStartOnAMuteTerminal(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	for _, kv := range os.Environ() {
		// These keep termenv from asking, which would make the test blind.
		if name, _, _ := strings.Cut(kv, "="); name != "CI" && name != "NO_COLOR" && name != "TERM" {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, childEnv+"=1", "TERM=xterm-256color")
	start := time.Now()
	f, err := pty.Start(cmd)
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	defer f.Close()
	written := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(f) // ends with EIO when the child has gone
		written <- b
	}()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if b := <-written; len(b) > 0 {
		t.Errorf("the terminal was written to: %q", b)
	}
	if took > 4*time.Second {
		t.Errorf("the start took %s: the terminal was waited for", took)
	}
}
