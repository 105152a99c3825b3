package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// contender is a program that does a workload, in turn with others.
type contender struct {
	name string
	// job is its command line. Its folder, made anew for each run, is for what it writes.
	job func(dir string) (job, error)
	// verify looks at what a run has left in the folder, if that is more than an exit code.
	verify func(dir string) error
	// inspector says that the goals are its, and tree that it is a checkout's, which are
	// compared with each other.
	inspector, tree bool
	// absent says why it cannot be run here, or "".
	absent string
}

// stage is where the contenders of one workload run.
type stage struct {
	self  string // this program
	cache string // the folder of repositories, which is served
	base  string // the server's address
	trees []tree // the inspectors that are compared
	peers peers
}

// tree is a checkout whose inspector is measured.
type tree struct {
	name string // of the contender
	bin  string
}

// in is a path in a repository's folder.
func (s *stage) in(r repo, name string) string { return filepath.Join(s.cache, r.name(), name) }

// floor fetches and hashes what is listed, n at a time.
func (s *stage) floor(r repo, n int, flags ...string) contender {
	argv := append([]string{s.self, "floor", "-n", strconv.Itoa(n), "-url", r.url(s.base), "-list", s.in(r, listFile)}, flags...)
	return simple(floorOf(n), argv...)
}

// behind is the floor once the metadata is there: three files, each of which names the
// next one. No verification can begin sooner.
func (s *stage) behind(r repo, n int) contender {
	c := s.floor(r, n, "-behind", "3")
	c.name = behindName
	return c
}

const behindName = "floor, 64 at a time, after three requests"

// screens are the same programs with their screen, on a pseudo terminal, until it says that
// the run has settled. What they have verified is compared by the exit code alone.
func (s *stage) screens(r repo, flags ...string) []contender {
	var all []contender
	for _, t := range s.trees {
		argv := append([]string{t.bin, "--no-state", "--root", s.in(r, rootFile)}, flags...)
		argv = append(argv, r.url(s.base))
		all = append(all, contender{name: t.name + ", on the screen", inspector: true, tree: true, job: func(dir string) (job, error) {
			return job{argv: argv, dir: dir, settles: true}, nil
		}})
	}
	return all
}

// versions only start and end.
func (s *stage) versions() []contender {
	var all []contender
	for _, t := range s.trees {
		c := simple(t.name+" version", t.bin, "version")
		c.inspector, c.tree = true, true
		all = append(all, c)
	}
	return all
}

// simple is a contender whose command line is always the same.
func simple(name string, argv ...string) contender {
	return contender{name: name, job: func(dir string) (job, error) { return job{argv: argv, dir: dir}, nil }}
}

// inspectors are the checkouts' programs, each of which has to verify the whole repository.
func (s *stage) inspectors(r repo, flags ...string) []contender {
	var all []contender
	for _, t := range s.trees {
		argv := append([]string{t.bin, "check", "--no-state", "--quiet", "--format", "json", "--output", reportFile,
			"--root", s.in(r, rootFile)}, flags...)
		c := simple(t.name, append(argv, r.url(s.base))...)
		c.inspector, c.tree = true, true
		c.verify = func(dir string) error { return verifyReport(filepath.Join(dir, reportFile), r) }
		all = append(all, c)
	}
	return all
}

// reportFile is where an inspector writes its report.
const reportFile = "report.json"

// verifyReport makes sure that an inspector has found all well.
func verifyReport(file string, r repo) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var report struct {
		Verdict  string
		Roles    []struct{ Name, State string }
		Targets  struct{ Total, Verified int }
		Problems []struct{ Problem struct{ Text string } }
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return fmt.Errorf("the report: %w", err)
	}
	why := ""
	if len(report.Problems) > 0 {
		why = ": " + report.Problems[0].Problem.Text
	}
	for _, role := range report.Roles {
		if role.State != "accepted" {
			return fmt.Errorf("%s is %s%s", role.Name, role.State, why)
		}
	}
	t := report.Targets
	if report.Verdict != "healthy" && report.Verdict != "warning" {
		return fmt.Errorf("the verdict is %s, %d of %d targets are verified%s", report.Verdict, t.Verified, t.Total, why)
	}
	if r.Absent {
		return nil // only metadata was asked for
	}
	if t.Total != r.Targets || t.Verified != r.Targets {
		return fmt.Errorf("%d of %d targets are verified, not %d%s", t.Verified, t.Total, r.Targets, why)
	}
	return nil
}

// series is what a contender's runs took.
type series struct {
	name      string
	inspector bool
	tree      bool
	samples   []sample
	once      bool   // it is slow, and was not run again
	cut       bool   // it was ended at the limit
	note      string // why there is nothing
}

// walls are the times in seconds.
func (s *series) walls() []float64 {
	return each(s.samples, func(x sample) float64 { return x.Wall.Seconds() })
}

// cpus are the processor times in seconds.
func (s *series) cpus() []float64 {
	return each(s.samples, func(x sample) float64 { return x.CPU.Seconds() })
}

// peaks are the peaks of memory in bytes.
func (s *series) peaks() []float64 {
	return each(s.samples, func(x sample) float64 { return float64(x.Peak) })
}

func each(samples []sample, of func(sample) float64) []float64 {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = of(s)
	}
	return all
}

// limits bound the measurements.
type limits struct {
	rounds int
	cold   bool          // without a round that warms up
	run    time.Duration // for each run
	once   time.Duration // what takes longer is not run again
}
