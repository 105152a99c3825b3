package demo

import (
	"fmt"
	"time"
)

// flapping is a server that goes away and comes back.
func flapping() Scenario {
	return Scenario{
		Name: "flapping", Line: "the server goes away twice; transfers go on where they broke off",
		Verdict:    IsHealthy,
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 5,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			g := newGoods(seed)
			for shard := range 12 {
				g.add(800*kib, 1000*kib, fmt.Sprintf("index/2026-11-26/shard-%02d.bin", shard))
			}
			shards := part{
				delegations: []Delegation{{Name: "index", Paths: []string{"index/*/*"}, Role: crew("index", 803), Targets: g.list}},
				faults: []Ailment{
					{
						Name: "the server",
						Line: "away for 1 s, two seconds after the start: all bodies break off",
						Cure: "nothing: attempts go on at the byte where they were",
					},
					{
						Name: "the server",
						Line: "away again for 3 s, at five seconds: attempts fail, and wait longer",
						Cure: "look why it restarts: deploys, memory, health checks",
					},
				},
			}
			s, err := stage("flapping", company(seed, start), shards)
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 60*time.Millisecond, 200*kib
			s.Outages = []Outage{{2 * time.Second, time.Second}, {5 * time.Second, 3 * time.Second}}
			return s, nil
		},
	}
}
