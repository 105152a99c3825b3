package main

import (
	"strings"
	"testing"
	"time"
)

// runs are samples of so many milliseconds each, half of that on a processor, with 20 MiB.
func runs(ms ...int) []sample {
	var all []sample
	for _, n := range ms {
		d := time.Duration(n) * time.Millisecond
		all = append(all, sample{Wall: d, CPU: d / 2, Peak: 20 << 20})
	}
	return all
}

func measured() *result {
	return &result{
		workload: workload{name: "W0", title: "3 targets", goals: []goal{
			{what: wall, base: "floor", most: 1.25}, {what: memory, most: 10 << 20}, {what: memory, base: "floor", most: 700, each: 3},
			{what: cpu, base: "tuf-js", most: 0.5},
		}},
		server: "nginx",
		series: []*series{
			{name: "floor", samples: runs(100, 200, 100)},
			{name: inspectorName, inspector: true, tree: true, samples: runs(120, 240, 120)},
			{name: inspectorName + " (old)", inspector: true, tree: true, samples: runs(240, 480, 240)},
			{name: "curl", samples: runs(2500), once: true},
			{name: "aria2c", samples: runs(5000), cut: true},
			{name: "tuf-js", note: notHere},
		},
	}
}

func TestTheTableHasMediansRatiosAndGoals(t *testing.T) {
	var b strings.Builder
	measured().print(&b)
	const want = `W0  3 targets  (nginx)
                        time  × floor       CPU  × floor  peak memory
  floor               100 ms     1.00     50 ms     1.00       20 MiB
  tufinspect          120 ms     1.20     60 ms     1.20       20 MiB
  tufinspect (old)    240 ms     2.40    120 ms     2.40       20 MiB
  curl                2.50 s    25.00    1.25 s    25.00       20 MiB  run once
  aria2c            > 5.00 s  > 50.00  > 2.50 s  > 50.00       20 MiB  ended at the limit
  tuf-js                                                               not here
  tufinspect (old), × tufinspect: time 2.00, CPU 2.00, peak memory 1.00
  goal: time ≤ 1.25 × floor; tufinspect: 1.20, met
  goal: time ≤ 1.25 × floor; tufinspect (old): 2.40, NOT MET
  goal: peak memory ≤ 10 MiB; tufinspect: 20 MiB, NOT MET
  goal: peak memory ≤ 10 MiB; tufinspect (old): 20 MiB, NOT MET
  goal: peak memory ≤ 700 bytes for each target more than floor; tufinspect: 0 bytes, met
  goal: peak memory ≤ 700 bytes for each target more than floor; tufinspect (old): 0 bytes, met
  goal: CPU ≤ 0.50 × tuf-js; tufinspect: –, not measured
  goal: CPU ≤ 0.50 × tuf-js; tufinspect (old): –, not measured

`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nnot\n%s", got, want)
	}
}

func TestSmallVersionsReachNoGoal(t *testing.T) {
	r := measured()
	r.small = true
	var b strings.Builder
	r.print(&b)
	if strings.Contains(b.String(), "goal") {
		t.Errorf("there is a goal in\n%s", b.String())
	}
}

func TestMarkdownHasATableAndAList(t *testing.T) {
	r := measured()
	r.series[0].name = "a | b"
	var b strings.Builder
	r.markdown(&b)
	for _, want := range []string{
		"### W0: 3 targets\n\nServed by nginx.\n\n|  | time | × floor | CPU | × floor | peak memory |  |\n|---|---:|---:|---:|---:|---:|---|\n",
		"\n| a \\| b | 100 ms | 1.00 | 50 ms | 1.00 | 20 MiB |  |\n",
		"\n- goal: peak memory ≤ 10 MiB; tufinspect: 20 MiB, NOT MET\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no\n%s\nin\n%s", want, b.String())
		}
	}
}

func TestBenchmarkLinesHaveEveryRun(t *testing.T) {
	r := measured()
	r.series = r.series[1:3]
	var b strings.Builder
	r.benchfmt(&b)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 6 || lines[3] != "BenchmarkW0/tufinspect_old 1 240000000 ns/op 120000000 cpu-ns/op 20971520 peak-bytes" {
		t.Errorf("%d lines:\n%s", len(lines), b.String())
	}
}

func TestOnlyAPeerThatIsNotHereIsNoFailure(t *testing.T) {
	r := measured()
	if n := r.failed(); n != 0 {
		t.Errorf("%d have failed", n)
	}
	r.series[3].note = "2 of 3 targets are verified"
	if n := r.failed(); n != 1 {
		t.Errorf("%d have failed, not 1", n)
	}
}
