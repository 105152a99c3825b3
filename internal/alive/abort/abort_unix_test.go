//go:build unix

package abort

import (
	"os"
	"os/exec"
	"runtime/debug"
	"syscall"
	"testing"
	"time"
)

const roleEnv = "ABORT_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleEnv) {
	case "":
		os.Exit(m.Run())
	case "panic":
		panic("planned")
	case "throw":
		debug.SetMaxStack(1 << 20)
		os.Exit(deeper(0))
	case "wait":
		time.Sleep(10 * time.Second)
	}
}

// deeper overflows the stack, which no recover catches.
func deeper(n int) int { return deeper(n+1) + 1 } //nolint:staticcheck // that it never ends is the point

// A crash ends by a signal, and leaves neither with 2 nor a core file behind.
func TestACrashIsNoExitCode(t *testing.T) {
	for _, role := range []string{"panic", "throw", "wait"} {
		t.Run(role, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env, cmd.Dir = append(os.Environ(), roleEnv+"="+role), t.TempDir()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if role == "wait" {
				time.Sleep(200 * time.Millisecond) // its runtime is up by then, or its default does the same
				_ = cmd.Process.Signal(syscall.SIGSEGV)
			}
			_ = cmd.Wait()
			st, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !st.Signaled() || st.CoreDump() {
				t.Errorf("%s", cmd.ProcessState)
			}
			if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
