package demo

import "time"

// rotated is a root chain whose keys have all changed in the course of the years.
func rotated() Scenario {
	return Scenario{
		Name: "rotated", Line: "six roots, new keys in each; clients that ship the first two are stranded",
		Verdict: IsWarning, Findings: []string{"keys-changed"},
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			spec := company(seed, start)
			rotate(&spec)
			s, err := stage("rotated", spec, shop(seed), part{faults: []Ailment{stranded()}})
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate, s.Trusted = 60*time.Millisecond, mib, newestShipped
			return s, nil
		},
	}
}

const (
	// brokenRoot is the version that is signed by its own keys alone.
	brokenRoot = 3
	// newestShipped is the root that clients ship which are built today.
	newestShipped = 4
)

// stranded says what is wrong with the chain.
func stranded() Ailment {
	return Ailment{
		Name: "root v2", Ends: "old-root-stranded",
		Line: "version 3 is signed by new keys alone: who ships root 1 or 2 is stranded",
		Cure: "update these clients by other means; sign with the old keys too",
	}
}

// rotate gives the Spec a root chain in which people come and go.
func rotate(spec *Spec) {
	spec.Roots = 6
	owners := [][]string{
		{"@ana", "@ben", "@chloe"},
		{"@ana", "@chloe", "@dora"},  // @ben has left
		{"@emil", "@farah", "@gus"},  // new tokens for a new team
		{"@emil", "@farah", "@gus"},  // a new key for the timestamp
		{"@emil", "@farah", "@hana"}, // @gus has left
		{"@farah", "@hana", "@ivo"},  // @emil has left
	}
	spec.EditRoot = func(v *RootVersion) {
		v.Root.Keys = OwnedKeys("root", owners[v.Version-1]...)
		v.Root.Threshold = 2
		if v.Version == brokenRoot {
			v.Root.Signatures = SignedBy(v.Root.Keys...)
		}
		if v.Version >= newestShipped {
			v.Timestamp.Keys = []Key{{Name: "timestamp@2"}}
		}
		if v.Version >= 5 {
			v.Targets.Keys = OwnedKeys("targets", "@farah", "@hana", "@ivo")
		}
	}
}
