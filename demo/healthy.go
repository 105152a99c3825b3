package demo

import "time"

// healthy is the repository of the default scenario on its best day.
func healthy() Scenario {
	return Scenario{
		Name: "healthy", Line: "a hundred targets, three delegations: how it looks when all is well",
		Verdict:    IsHealthy,
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			spec := company(seed, start)
			spec.Timestamp.Expires = 3 * day
			s, err := stage("healthy", spec, shop(seed))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 40*time.Millisecond, sickRate
			return s, nil
		},
	}
}
