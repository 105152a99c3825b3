package demo

import (
	"fmt"
	"slices"
	"time"
)

// Scenario is a repository with a story, to be looked at.
type Scenario struct {
	// Name is what a person types; lower case, no spaces.
	Name string
	// Line says in one line what is to be seen.
	Line string
	// StallAfter, StallTimeout and Retries are the limits under which the story
	// comes to its end in the time that its description gives.
	StallAfter, StallTimeout time.Duration
	Retries                  int
	// Build makes the repository and its faults, published at start (zero means
	// now). It takes well under a second.
	Build func(seed uint64, start time.Time) (*Stage, error)
}

// Stage is a scenario that is built and not served yet.
type Stage struct {
	Repository *Repository
	// Latency and Rate hold for every response; Rate is bytes a second.
	Latency time.Duration
	Rate    int64
	// Faults are what is wrong, in the order of the story.
	Faults []Ailment
}

// Ailment is a sick file of a scenario.
type Ailment struct {
	Path   string // as for Handler.SetFault
	Line   string // what is wrong, for people
	Faults []Fault
}

// Options give latency, rate and faults to a handler or server.
func (s *Stage) Options() []Option {
	opts := []Option{WithLatency(s.Latency), WithRate(s.Rate)}
	for _, a := range s.Faults {
		opts = append(opts, WithFault(a.Path, a.Faults...))
	}
	return opts
}

// Serve serves the stage on loopback. The caller closes the server.
func (s *Stage) Serve() (*Server, error) { return Serve(s.Repository, s.Options()...) }

// Scenarios gives all scenarios, the default one first.
func Scenarios() []Scenario {
	return []Scenario{
		{
			Name:       "sick",
			Line:       "about a hundred targets, eight of them sick in eight ways; over within 30 seconds",
			StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
			Build: Sick,
		},
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
	return Scenario{}, fmt.Errorf("no scenario %q; there are: %v", name, names)
}
