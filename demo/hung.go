package demo

import "time"

// hung is every way to fall silent that loopback can make.
func hung() Scenario {
	return Scenario{
		Name: "hung", Line: "every way to fall silent that one machine can make; the rest goes on",
		Verdict:    IsUnknown,
		StallAfter: 2 * time.Second, StallTimeout: 3 * time.Second, Retries: 1,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			s, err := stage("hung", company(seed, start), hungPart(seed))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 60*time.Millisecond, sickRate
			return s, nil
		},
	}
}

// hungPart is a role of images for the edge, in data centres all over Europe.
func hungPart(seed uint64) part {
	g := newGoods(seed)
	for _, place := range []string{"ams2", "arn1", "cdg4", "dub3", "fra1", "lhr1", "mad1", "mxp2", "waw1", "zrh1"} {
		dir := "edge/" + place + "/"
		g.add(hungLow, hungHigh, dir+"cache.img.zst", dir+"router.img.zst")
		g.add(kib, 4*kib, dir+"rules.json", dir+"zones.json")
	}
	canary := newGoods(seed)
	canary.add(300*kib, 500*kib, "edge/canary/router.img.zst", "edge/canary/cache.img.zst")
	return part{
		delegations: []Delegation{{
			Name: "edge", Paths: []string{"edge/*/*"}, Role: crew("edge", 118), Targets: g.list,
			Delegations: []Delegation{{
				Name: "edge-canary", Paths: []string{"edge/canary/*"}, Role: crew("edge-canary", 9), Targets: canary.list,
			}},
		}},
		faults: hungFaults(g.size("edge/fra1/router.img.zst", hungLow, hungHigh)),
	}
}

// Sizes of images.
const hungLow, hungHigh = 500 * kib, 900 * kib

// hungFaults needs the size of the file whose last byte is not its end.
func hungFaults(whole int64) []Ailment {
	return []Ailment{
		{
			Path: "targets/edge/ams2/router.img.zst", Ends: "stalled",
			Line: "the request is taken, and the answer never begins",
			Cure: "look what the server waits for: its storage, a lock, an upstream",

			Faults: []Fault{{Kind: StallHeaders}},
		},
		{
			Path: "targets/edge/ams2/cache.img.zst", Ends: "stalled",
			Line: "half of the answer's headers, and nothing more",
			Cure: "look for a proxy that was stopped in the middle, and restart it",

			Faults: []Fault{{Kind: HalfHeaders}},
		},
		{
			Path: "targets/edge/cdg4/router.img.zst", Ends: "stalled",
			Line: "headers come, and not one byte of the body",
			Cure: "look at the disk or the object store behind the server",

			Faults: []Fault{{Kind: StallBody}},
		},
		{
			Path: "targets/edge/cdg4/cache.img.zst", Ends: "stalled",
			Line: "the body falls silent after 192 KiB, always there",
			Cure: "read the file on the server: a bad block stops at the same byte",

			Faults: []Fault{{Kind: StallBody, After: 192 * kib}},
		},
		{
			Path: "targets/edge/fra1/router.img.zst", Ends: "stalled",
			Line: "every byte comes, and the end of the chunked body does not",
			Cure: "look for a proxy that re-frames bodies, and ask the origin past it",

			Faults: []Fault{{Kind: StallBody, After: whole, NoLength: true}},
		},
		{
			Path: "targets/edge/fra1/cache.img.zst",
			Line: "silent, goes on where it was in the next attempt, silent again, then whole",
			Cure: "nothing now; if it comes again, look for idle connections being cut",

			Faults: []Fault{{Kind: StallBody, After: 150 * kib, Times: 1}, {Kind: StallBody, After: 400 * kib, Times: 1}},
		},
		{
			Path: "targets/edge/lhr1/rules.json",
			Line: "its last 160 bytes drip, 8 at a time: slow, and never silent",
			Cure: "wait; use --min-rate where such a file must not hold a release up",

			Faults: []Fault{{Kind: Drip, After: -160, Bytes: 8, Every: 400 * time.Millisecond}},
		},
		{
			Path: "targets/edge/mad1/router.img.zst", Ends: "stalled",
			Line: "redirected to a host that takes the connection and says nothing",
			Cure: "ask the mirror for any other file; take it out of the rotation",

			Peer: SilentPeer,
		},
		{
			Path: "targets/edge/mad1/cache.img.zst", Ends: "stalled",
			Line: "redirected to https, and the TLS handshake never ends",
			Cure: "look at the load balancer: it listens, and nothing is behind it",

			Peer: SilentTLS,
		},
		{
			Path: "targets/edge/waw1/router.img.zst", Ends: "stalled",
			Line: "redirected to a port whose queue of connections is full; nobody takes any",
			Cure: "restart what listens there: it is alive and accepts nothing",

			Peer: FullPeer,
		},
		{
			Path: "edge-canary.json", Name: "edge-canary", Ends: "stalled",
			Line: "the file of a delegated role stays silent: nobody knows what it lists",
			Cure: "get this one going first: all files of the role wait for it",

			Faults: []Fault{{Kind: StallHeaders}},
		},
	}
}
