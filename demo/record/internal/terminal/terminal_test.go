package terminal

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test's own program is the one in the terminal, too.
func TestMain(m *testing.M) {
	switch os.Getenv("CHILD") {
	case "":
		os.Exit(m.Run())
	case "echo": // repeats lines; ends with 7 after "end"
		fmt.Println("ready")
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			if in.Text() == "end" {
				os.Exit(7)
			}
			fmt.Println("heard " + in.Text())
		}
	case "ask": // asks the terminal where its cursor is
		fmt.Print("\x1b[6n")
		answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		fmt.Println(len(answer))
	case "stubborn": // minds nothing, and asks without reading
		signal.Ignore(syscall.SIGHUP, syscall.SIGTERM)
		for {
			fmt.Print("\x1b[6n")
		}
	case "half": // stops within a frame
		fmt.Print("\x1b[?2026hhalf")
		select {}
	}
}

// start runs the test's program in a terminal.
func start(t *testing.T, child string, o Options) *Terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.Args, o.Env, o.Width, o.Height = []string{self}, []string{"CHILD=" + child}, 40, 5
	term, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(term.Close)
	return term
}

// eventually waits for a text on screen.
func eventually(t *testing.T, term *Terminal, text string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !term.Screen().Has(text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q does not appear:\n%s", text, term.Screen())
		}
	}
}

func ended(t *testing.T, term *Terminal) {
	t.Helper()
	select {
	case <-term.Ended():
	case <-time.After(20 * time.Second):
		t.Fatal("the program does not end")
	}
}

func TestProgramIsTypedToAndShown(t *testing.T) {
	var mu sync.Mutex
	var out strings.Builder
	term := start(t, "echo", Options{Output: func(b []byte) { mu.Lock(); out.Write(b); mu.Unlock() }})
	eventually(t, term, "ready")
	if err := term.Type(t.Context(), "hello é\r"); err != nil {
		t.Fatal(err)
	}
	eventually(t, term, "heard hello é")
	if err := term.Type(t.Context(), "end\r"); err != nil {
		t.Fatal(err)
	}
	ended(t, term)
	if term.ExitCode() != 7 {
		t.Errorf("the exit code is %d", term.ExitCode())
	}
	if err := term.Type(t.Context(), "x"); err == nil {
		t.Error("a program that has ended is typed to")
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(out.String(), "heard hello é\r\n") {
		t.Errorf("the output was %q", out.String())
	}
}

func TestTerminalAnswers(t *testing.T) {
	term := start(t, "ask", Options{})
	eventually(t, term, "[1;1R") // the terminal's own answer, echoed
	if err := term.Type(t.Context(), "\r"); err != nil {
		t.Fatal(err)
	}
	ended(t, term)
}

func TestStubbornProgramIsEnded(t *testing.T) {
	term := start(t, "stubborn", Options{})
	eventually(t, term, "[5;") // the answers, echoed
	began := time.Now()
	term.Close()
	if took := time.Since(began); took > 2*leaveWithin+3*drainWithin {
		t.Errorf("it took %v", took)
	}
	ended(t, term)
	if err := syscall.Kill(term.cmd.Process.Pid, 0); err == nil {
		t.Error("the program is still there")
	}
}

func TestFrameThatNeverEndsIsNotWaitedForLong(t *testing.T) {
	term := start(t, "half", Options{})
	eventually(t, term, "half")
}

func TestProgramThatIsNotThere(t *testing.T) {
	_, err := Start(Options{Args: []string{"no-such-program"}, Path: t.TempDir(), Width: 10, Height: 2})
	if err == nil || !strings.Contains(err.Error(), `no program "no-such-program"`) {
		t.Errorf("the error is %v", err)
	}
}
