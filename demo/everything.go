package demo

import "time"

// everything is one repository in which all is sick that can stand side by side. An
// expired timestamp, and a server that goes away as a whole, would hide the rest.
func everything() Scenario {
	return Scenario{
		Name: "all", Line: "all of these side by side, but for what would hide the rest",
		Verdict: IsCritical, Findings: []string{"expires-soon", "untrusted-role", "keys-changed", "answers-differ"},
		StallAfter: 2 * time.Second, StallTimeout: 3 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			spec := company(seed, start)
			spec.Timestamp.Expires = 18 * time.Hour
			rotate(&spec)
			store := shop(seed)
			store.faults = append(sickFaults(), stranded())
			s, err := stage("all", spec, store, hungPart(seed), slowPart(seed), corruptPart(seed), expiredPart(seed),
				tamperedPart(seed), publishPart(seed, 0), thousandPart(seed), binsPart(seed, &spec))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate, s.Trusted = 60*time.Millisecond, sickRate, newestShipped
			return s, nil
		},
	}
}
