package demo

import (
	"fmt"
	"net/http"
	"time"
)

// thousand is a repository with many small targets.
func thousand() Scenario {
	return Scenario{
		Name: "thousand", Line: "a thousand small targets in ten roles, and five needles in the haystack",
		Verdict:    IsCritical,
		StallAfter: 2 * time.Second, StallTimeout: 3 * time.Second, Retries: 1,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			s, err := stage("thousand", company(seed, start), thousandPart(seed))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 90*time.Millisecond, mib
			return s, nil
		},
	}
}

// thousandPart are detection rules, a role for each kind of log.
func thousandPart(seed uint64) part {
	var p part
	for _, kind := range []string{"auth", "cloud", "dns", "edr", "email", "k8s", "linux", "proxy", "vpn", "windows"} {
		g := newGoods(seed)
		for n := range 100 {
			g.add(kib, 12*kib, fmt.Sprintf("rules/%s/%s-%04d.yml", kind, kind, 10*n+7))
		}
		p.delegations = append(p.delegations, Delegation{
			Name: "rules-" + kind, Paths: []string{"rules/" + kind + "/*"}, Role: crew("rules-"+kind, 200), Targets: g.list,
		})
	}
	p.faults = []Ailment{
		{
			Path: "targets/rules/cloud/cloud-0317.yml", Ends: "missing",
			Line: "listed, and not there",
			Cure: "upload the rule again, or publish metadata that does not list it",

			Faults: []Fault{{Kind: Status, Status: http.StatusNotFound}},
		},
		{
			Path: "targets/rules/dns/dns-0047.yml", Ends: "forbidden",
			Line: "403: the object is there and may not be read",
			Cure: "give it the permissions of its neighbours",

			Faults: []Fault{{Kind: Status, Status: http.StatusForbidden}},
		},
		{
			Path: "targets/rules/edr/edr-0507.yml", Ends: "wrong-hash",
			Line: "one byte is not the signed one",
			Cure: "compare with the source, upload it again",

			Faults: []Fault{{Kind: Corrupt, After: 700}},
		},
		{
			Path: "targets/rules/k8s/k8s-0217.yml", Ends: "stalled",
			Line: "the request is taken, and the answer never begins",
			Cure: "look what the server waits for, then retry",

			Faults: []Fault{{Kind: StallHeaders}},
		},
		{
			Path: "targets/rules/vpn/vpn-0987.yml",
			Line: "429 once, with Retry-After, and then the file",
			Cure: "lower -j where a server counts requests",

			Faults: []Fault{{Kind: Status, Status: http.StatusTooManyRequests, RetryAfter: time.Second, Times: 1}},
		},
	}
	return p
}
