package demo

import (
	"fmt"
	"time"
)

// bins is a repository whose targets are spread over roles by the hashes of their
// paths.
func bins() Scenario {
	return Scenario{
		Name: "bins", Line: "a package index in hash bins, succinct and by prefixes; two bins are sick",
		Verdict:    IsCritical,
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			spec := company(seed, start)
			s, err := stage("bins", spec, binsPart(seed, &spec))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 120*time.Millisecond, 64*kib
			return s, nil
		},
	}
}

// The sick bins.
const (
	lostBin    = "wheels-9"
	expiredBin = "wheels-4"
)

// binsPart are packages: wheels in sixteen succinct bins, sources in eight bins by
// prefixes. One bin is taken out of the snapshot by the Spec.
func binsPart(seed uint64, spec *Spec) part {
	wheels, sources := newGoods(seed), newGoods(seed)
	for _, name := range []string{
		"aiohttp", "attrs", "boto3", "certifi", "click", "cryptography", "flask", "httpx", "idna", "jinja2",
		"lxml", "numpy", "packaging", "pandas", "pillow", "pip", "pydantic", "pyyaml", "requests", "urllib3",
	} {
		for n := range 8 {
			version := fmt.Sprintf("%d.%d.%d", 1+n/4, n, n%3)
			wheels.add(20*kib, 90*kib, "wheels/"+name+"-"+version+"-py3-none-any.whl")
			if n%2 == 1 {
				sources.add(15*kib, 60*kib, "sources/"+name+"-"+version+".tar.gz")
			}
		}
	}
	spec.Tamper = func(name string, signed map[string]any) {
		switch name {
		case "snapshot":
			delete(Sub(signed, "meta"), lostBin+".json")
		case expiredBin:
			signed["expires"] = spec.Start.Add(-30 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
		}
	}
	return part{
		delegations: []Delegation{
			{
				Name: "wheels", Paths: []string{"wheels/*"}, Role: crew("wheels", 66),
				Bins: &Bins{Count: 16, Prefix: "wheels", Succinct: true, Role: Role{Version: 9120}, Targets: wheels.list},
			},
			{
				Name: "sources", Paths: []string{"sources/*"}, Role: crew("sources", 18),
				Bins: &Bins{Count: 8, Prefix: "sources", Role: Role{Version: 871}, Targets: sources.list},
			},
		},
		faults: []Ailment{
			{
				Name: "wheels", Ends: "bin-missing",
				Line: "the snapshot does not list " + lostBin + ": a search there is an error",
				Cure: "publish the bin, an empty one if need be, and the snapshot with it",
			},
			{
				Name: expiredBin, Ends: "expired",
				Line: "one bin of sixteen was not signed again and expired yesterday",
				Cure: "sign it again; let the job fail loudly if a bin is left out",
			},
			{
				Name: "sources", Ends: "gotuf-hash-prefix",
				Line: "bins by path_hash_prefixes: clients on go-tuf up to 2.4.2 do not find them",
				Cure: "use succinct bins, or ship a client that finds them",
			},
		},
	}
}
