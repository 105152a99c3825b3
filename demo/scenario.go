package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verdict is how a run ends, in the word that an inspection has for it.
type Verdict string

// The verdicts, and how an inspection that is told to check leaves with them.
const (
	IsHealthy  Verdict = "healthy"  // exit code 0
	IsWarning  Verdict = "warning"  // 1
	IsCritical Verdict = "critical" // 2
	IsUnknown  Verdict = "unknown"  // 3
)

// ExitCode is that of a check that ends so.
func (v Verdict) ExitCode() int {
	return slices.Index([]Verdict{IsHealthy, IsWarning, IsCritical, IsUnknown}, v)
}

// Scenario is a repository with a story, to be looked at.
type Scenario struct {
	// Name is what a person types; lower case, no spaces.
	Name string
	// Line says in one line what is to be seen.
	Line string
	// Verdict is how the run ends, and Findings are the ids that its report must have,
	// beside those with which the ailments end.
	Verdict  Verdict
	Findings []string
	// StallAfter, StallTimeout and Retries are the limits under which the story
	// comes to its end within half a minute.
	StallAfter, StallTimeout time.Duration
	Retries                  int
	// Build makes the repository and its faults, published at start (zero means
	// now). It takes well under a second.
	Build func(seed uint64, start time.Time) (*Stage, error)
}

// Stage is a scenario that is built and not served yet.
type Stage struct {
	Repository *Repository
	// Trusted is the version of the root that a client ships; zero means the first.
	Trusted int
	// Latency and Rate hold for every response; Rate is bytes a second.
	Latency time.Duration
	Rate    int64
	// Outages are when the server is away.
	Outages []Outage
	// Faults are what is wrong, in the order of the story.
	Faults []Ailment
}

// Ailment is something sick of a scenario.
type Ailment struct {
	// Path is the file that is served badly, as for [Handler.SetFault], or "".
	Path string
	// Name is what is sick if it is no target of that path: a role, a file, a host.
	Name string
	// Line says what is wrong, and Cure what a good operator does; for people.
	Line, Cure string
	// Ends is the id of the finding that the file or role ends with; "" if it is well
	// in the end.
	Ends string
	// Faults are how the file is served, unless it is redirected to a Peer.
	Faults []Fault
	Peer   Peer
}

// Subject is what is sick, as an inspection calls it.
func (a *Ailment) Subject() string {
	if a.Name != "" {
		return a.Name
	}
	return strings.TrimPrefix(a.Path, "targets/")
}

// Timed tells whether anything of the story comes or goes with the time, which begins
// with the first request of timestamp.json.
func (s *Stage) Timed() bool {
	passes := func(f Fault) bool { return f.For > 0 }
	return len(s.Outages) > 0 || slices.ContainsFunc(s.Faults, func(a Ailment) bool { return slices.ContainsFunc(a.Faults, passes) })
}

// Root is the root that a client ships.
func (s *Stage) Root() []byte { return s.Repository.Root(max(1, s.Trusted)) }

// Options give latency, rate and faults to a handler or server. Redirects to peers
// are not among them: only [Stage.Serve] has such.
func (s *Stage) Options() []Option {
	opts := []Option{WithLatency(s.Latency), WithRate(s.Rate), WithOutages(s.Outages...)}
	for _, a := range s.Faults {
		if len(a.Faults) > 0 {
			opts = append(opts, WithFault(a.Path, a.Faults...))
		}
	}
	return opts
}

// Serve serves the stage on loopback. The caller closes the server.
func (s *Stage) Serve() (*Server, error) { return s.ServePort(0) }

// ServePort is Serve on a port of one's own choice; 0 leaves it to the system.
func (s *Stage) ServePort(port int) (*Server, error) {
	var others peers
	opts := s.Options()
	for _, a := range s.Faults {
		if a.Peer == NoPeer {
			continue
		}
		base, err := others.base(a.Peer)
		if err != nil {
			others.close()
			return nil, fmt.Errorf("serving beside a repository: %w", err)
		}
		opts = append(opts, WithFault(a.Path, Fault{Kind: Redirect, Location: base + "/" + a.Path}))
	}
	server, err := ServePort(port, s.Repository, opts...)
	if err != nil {
		others.close()
		return nil, err
	}
	server.peers = others.closers
	return server, nil
}

// Scenarios gives all scenarios, the default one first.
func Scenarios() []Scenario {
	return []Scenario{
		sick(), healthy(), hung(), slow(), corrupt(), expired(), rotated(),
		tampered(), publish(), flapping(), thousand(), bins(), everything(),
	}
}

// FindScenario gives the scenario of a name. The error names those that there are.
func FindScenario(name string) (Scenario, error) {
	all := Scenarios()
	if i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name }); i >= 0 {
		return all[i], nil
	}
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Name
	}
	return Scenario{}, fmt.Errorf("no scenario %q; there are: %s", name, strings.Join(names, ", "))
}
