package demo

import "time"

// slow is a repository behind a line that is too small.
func slow() Scenario {
	return Scenario{
		Name: "slow", Line: "everything comes, in its time: late answers, thin lines, bodies that drip",
		Verdict:    IsHealthy,
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			s, err := stage("slow", company(seed, start), slowPart(seed))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 300*time.Millisecond, 192*kib
			return s, nil
		},
	}
}

// slowPart is a role of maps.
func slowPart(seed uint64) part {
	g := newGoods(seed)
	for _, land := range []string{"austria", "belgium", "czechia", "denmark", "estonia", "finland", "greece", "iceland", "latvia", "portugal"} {
		g.add(100*kib, 500*kib, "maps/2026-11/"+land+".pmtiles")
		g.add(2*kib, 20*kib, "maps/2026-11/"+land+".poly", "maps/2026-11/"+land+".style.json")
	}
	return part{
		delegations: []Delegation{{Name: "maps", Paths: []string{"maps/*/*"}, Role: crew("maps", 26), Targets: g.list}},
		faults: []Ailment{
			{
				Path: "maps.json",
				Line: "the role's file takes 2 seconds to begin: nothing of the role starts before",
				Cure: "put metadata on a fast path of its own: everything waits for it",

				Faults: []Fault{{Latency: 2 * time.Second}},
			},
			{
				Path: "targets/maps/2026-11/iceland.pmtiles",
				Line: "40 KiB a second, where its neighbours have 192",
				Cure: "look for a limit on this client or this file at the CDN",

				Faults: []Fault{{Rate: 40 * kib}},
			},
			{
				Path: "targets/maps/2026-11/greece.poly",
				Line: "drips below 1 KiB a second for some seconds, and is never silent",
				Cure: "wait; use --min-rate where such a file must not hold a release up",

				Faults: []Fault{{Kind: Drip, After: -256, Bytes: 16, Every: 400 * time.Millisecond}},
			},
			{
				Path: "targets/maps/2026-11/latvia.pmtiles",
				Line: "the first byte takes 2.5 seconds, just below the stall limit",
				Cure: "raise --stall-after if a server is known to think that long",

				Faults: []Fault{{Latency: 2500 * time.Millisecond}},
			},
		},
	}
}
