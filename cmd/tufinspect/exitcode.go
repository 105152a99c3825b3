package main

import (
	"strconv"
	"syscall"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/manual"
)

// exitCodes are all with which the program leaves, and what each says.
func exitCodes() []manual.Entry {
	verdict := func(v engine.Verdict, means string) manual.Entry {
		return manual.Entry{Name: strconv.Itoa(v.ExitCode()), Means: means}
	}
	signal := func(s syscall.Signal, name string) manual.Entry {
		return manual.Entry{Name: strconv.Itoa(128 + int(s)), Means: name + "; the summary and the report are still written"}
	}
	return []manual.Entry{
		verdict(engine.Healthy, "healthy"),
		verdict(engine.Warned, "warning: works today, needs attention"),
		verdict(engine.Broken, "critical: the bytes prove it — expired, bad signature, wrong hash, a listed file missing"),
		verdict(engine.Undecided, "unknown: it could not be decided — network, stall, deadline, cancelled, a fault of tufinspect itself"),
		{Name: strconv.Itoa(exitUsage), Means: "usage"},
		signal(syscall.SIGHUP, "SIGHUP"),
		signal(syscall.SIGINT, "SIGINT"),
		signal(syscall.SIGTERM, "SIGTERM"),
	}
}
