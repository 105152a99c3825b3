package main

import (
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
)

// The commands of this program that are printed inspect under the limits of the
// scenario, as its demonstration does; and the sick file is the first that is listed.
func TestServedCommandsTellTheStoryOfTheScenario(t *testing.T) {
	const url = "http://127.0.0.1:1"
	for _, s := range demo.Scenarios() {
		stage, err := s.Build(demoSeed, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		own, sick := 0, 0
		for _, c := range commands(&s, stage, url, url+"/1.root.json") {
			for _, line := range c.lines {
				args := strings.Fields(line)
				switch {
				case args[0] == "tufinspect":
					own++
					checkLimits(t, &s, args[1:])
				case strings.HasPrefix(c.what, "the first sick file") && args[0] == "curl":
					sick++
					_, file, _ := strings.Cut(line, url+"/")
					checkSick(t, &s, stage, c, file)
				}
			}
		}
		if files := stage.Faults != nil && stage.Faults[0].Path != ""; own != 2 || files != (sick == 1) {
			t.Errorf("%s: %d commands of this program, %d for the first sick file", s.Name, own, sick)
		}
	}
}

func checkLimits(t *testing.T, s *demo.Scenario, args []string) {
	cmd, rest, err := newRoot(streams{}).Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err != nil {
		t.Fatalf("%s: %v: %v", s.Name, args, err)
	}
	after, _ := cmd.Flags().GetDuration("stall-after")
	timeout, _ := cmd.Flags().GetDuration("stall-timeout")
	retries, _ := cmd.Flags().GetInt("retries")
	if after != s.StallAfter || timeout != s.StallTimeout || retries != s.Retries || len(cmd.Flags().Args()) != 1 {
		t.Errorf("%s: %v", s.Name, args)
	}
}

// checkSick holds a command for a sick file against the ailment that is listed first.
func checkSick(t *testing.T, s *demo.Scenario, stage *demo.Stage, c ready, file string) {
	first := &stage.Faults[0]
	file, _, _ = strings.Cut(file, " ")
	if !strings.HasSuffix(c.what, first.Line) || !strings.HasSuffix(file, "."+first.Path[strings.LastIndex(first.Path, "/")+1:]) {
		t.Errorf("%s: %q shows %s, and %s is the first that is sick", s.Name, c.what, file, first.Subject())
	}
	if _, err := stage.Repository.Open(file); err != nil {
		t.Errorf("%s: %v", s.Name, err)
	}
	signed, ok := stage.Repository.Target(first.Subject())
	if sum := signed.Hashes["sha256"]; ok && wrongBytes(first.Faults[0]) && (sum == "" || !strings.Contains(c.lines[1], sum)) {
		t.Errorf("%s: the signed hash is not in %v", s.Name, c.lines)
	}
}
