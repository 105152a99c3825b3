//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// terminate ends a process: there is no asking here, and no terminal that goes.
var terminate, hangUp = os.Kill, os.Kill

func apart(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// peak is not known here.
func peak(*os.ProcessState) int64 { return 0 }
