package main

import (
	"io"
	"path/filepath"
	"syscall"
	"testing"
)

func TestAnInspectionThatIsInterruptedLeavesItsArchive(t *testing.T) {
	t.Parallel()
	cmd, _ := silentCheck(t)
	path := filepath.Join(t.TempDir(), "run.har")
	cmd.Args = append(cmd.Args, "--har", path)
	lines, _ := underWay(t, cmd)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(lines)
	wait(t, cmd, exitTerminated)
	archived(t, path)
}
