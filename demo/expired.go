package demo

import "time"

// expired is a repository whose signing service has stopped.
func expired() Scenario {
	return Scenario{
		Name: "expired", Line: "the signing service stopped last night; other roles ran out or soon will",
		Verdict: IsCritical, Findings: []string{"untrusted-role"},
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			spec := company(seed, start)
			spec.Timestamp.Expires = -5 * time.Hour
			spec.Snapshot.Expires = 2 * day
			spec.Root.Expires = 21 * day
			ills := part{faults: []Ailment{
				{
					Name: "timestamp", Ends: "expired",
					Line: "expired five hours ago: no client accepts anything any more",
					Cure: "start the signing service; sign the timestamp by hand if it fails",
				},
				{
					Name: "snapshot", Ends: "expires-soon",
					Line: "expires in two days",
					Cure: "sign it in the same run: it has stopped for the same reason",
				},
				{
					Name: "root", Ends: "expires-soon",
					Line: "expires in three weeks, and two of three people have to sign the next one",
					Cure: "begin to collect signatures today",
				},
			}}
			s, err := stage("expired", spec, ills, expiredPart(seed))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 60*time.Millisecond, 128*kib
			return s, nil
		},
	}
}

// expiredPart are roles of partners, who sign for themselves.
func expiredPart(seed uint64) part {
	partner := func(name string, version int64, expires time.Duration, files ...string) Delegation {
		g := newGoods(seed)
		for _, f := range files {
			g.add(20*kib, 300*kib, "partners/"+name+"/"+f)
		}
		r := crew("partner-"+name, version)
		r.Expires = expires
		return Delegation{Name: "partner-" + name, Paths: []string{"partners/" + name + "/*"}, Role: r, Targets: g.list}
	}
	return part{
		delegations: []Delegation{
			partner("acme", 14, -9*day, "connector-2.1.0.jar", "connector-2.2.0.jar", "mapping.json"),
			partner("globex", 31, 4*day, "scanner-7.4.whl", "scanner-7.5.whl", "signatures.db"),
			partner("initech", 8, 60*day, "printer-5.0.msi", "printer-5.1.msi"),
		},
		faults: []Ailment{
			{
				Name: "partner-acme", Ends: "expired",
				Line: "a partner's role expired nine days ago: its files are out of reach",
				Cure: "call the partner; take the delegation out if nobody answers",
			},
			{
				Name: "partner-globex", Ends: "expires-soon",
				Line: "another partner's role expires in four days",
				Cure: "remind them now: their signers need working days",
			},
		},
	}
}
