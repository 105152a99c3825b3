//go:build unix

package main

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// terminate asks a process to end, and hangUp says that its terminal has gone.
const (
	terminate = syscall.SIGTERM
	hangUp    = syscall.SIGHUP
)

// apart puts a command into a process group of its own, so that it can be ended with all
// that it starts.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// peak is the largest resident size of a process and those it has waited for, in bytes.
func peak(p *os.ProcessState) int64 {
	u, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	unit := int64(1 << 10)
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1
	}
	return int64(u.Maxrss) * unit //nolint:unconvert // it has 32 bits on some systems
}
