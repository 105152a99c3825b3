package demo

import "time"

// corrupt is every kind of wrong bytes.
func corrupt() Scenario {
	return Scenario{
		Name: "corrupt", Line: "wrong bytes of every kind: changed, short, long, empty, another file",
		Verdict: IsCritical, Findings: []string{"answers-differ", "content-encoding"},
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 1,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			s, err := stage("corrupt", company(seed, start), corruptPart(seed))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 60*time.Millisecond, 256*kib
			return s, nil
		},
	}
}

// loginPage is what a captive portal answers, with status 200.
const loginPage = `<!doctype html><title>Sign in</title><h1>Your session has expired</h1>` + "\n"

// corruptPart is a role of packages.
func corruptPart(seed uint64) part {
	const dir = "packages/pool/main/"
	g := newGoods(seed)
	g.add(60*kib, 400*kib, dir+"c/caddy_2.10.2_amd64.deb", dir+"c/consul_1.22.0_amd64.deb", dir+"e/etcd_3.6.5_amd64.deb",
		dir+"e/envoy_1.36.2_amd64.deb", dir+"g/grafana_12.3.0_amd64.deb", dir+"h/haproxy_3.2.7_amd64.deb",
		dir+"k/kea_3.0.2_amd64.deb", dir+"l/loki_3.6.0_amd64.deb", dir+"n/nginx_1.29.3_amd64.deb", dir+"n/nomad_1.11.0_amd64.deb",
		dir+"p/postgresql-18_18.1_amd64.deb", dir+"p/prometheus_3.7.3_amd64.deb", dir+"r/redis_8.4.0_amd64.deb",
		dir+"t/traefik_3.6.1_amd64.deb", dir+"u/unbound_1.24.1_amd64.deb", dir+"v/valkey_9.0.0_amd64.deb")
	for i := range g.list {
		if g.list[i].Path == dir+"v/valkey_9.0.0_amd64.deb" {
			g.list[i].Hashes = BothHashes()
		}
	}
	old := newGoods(seed)
	old.add(60*kib, 200*kib, "packages/backports/tmux_3.6_amd64.deb", "packages/backports/vim_9.1.1900_amd64.deb")
	return part{
		delegations: []Delegation{{
			Name: "packages", Paths: []string{"packages/*/*/*/*"}, Role: crew("packages", 340), Targets: g.list,
		}, {
			Name: "backports", Paths: []string{"packages/backports/*"}, Role: crew("backports", 51), Targets: old.list,
		}},
		faults: corruptFaults("targets/" + dir),
		finish: func(r *Repository) error {
			t, _ := r.Target(dir + "v/valkey_9.0.0_amd64.deb")
			return swap(r, t.Files[1], func(data []byte) []byte { data[len(data)/2] ^= 1; return data })
		},
	}
}

// swap puts other bytes in place of a file's; nothing that lists it changes.
func swap(r *Repository, path string, change func([]byte) []byte) error {
	data, err := r.ReadFile(path)
	if err != nil {
		return err
	}
	r.Set(path, change(data))
	return nil
}

func corruptFaults(dir string) []Ailment {
	return []Ailment{
		{
			Path: dir + "c/caddy_2.10.2_amd64.deb", Ends: "wrong-hash",
			Line: "one bit is another one, in every answer",
			Cure: "compare with the build; if the server's copy is bad, upload it again",

			Faults: []Fault{{Kind: Corrupt, After: 40_000}},
		},
		{
			Path: dir + "c/consul_1.22.0_amd64.deb",
			Line: "one bit is another one in the first answer, a cache's; the next is right",
			Cure: "purge this file from the cache before a client meets it",

			Faults: []Fault{{Kind: Corrupt, After: 12_000, Times: 1, Header: map[string]string{"Age": "7203", "X-Cache": "HIT"}}},
		},
		{
			Path: dir + "e/envoy_1.36.2_amd64.deb", Ends: "wrong-length",
			Line: "4 KiB longer than signed",
			Cure: "look for a rebuild under the old name; sign it as a new version",

			Faults: []Fault{{Kind: Long, Extra: 4 * kib}},
		},
		{
			Path: dir + "e/etcd_3.6.5_amd64.deb", Ends: "wrong-length",
			Line: "the upload ended after 32 KiB, and the server calls that the file",
			Cure: "upload it again, and compare lengths after every upload",

			Faults: []Fault{{Kind: Cut, After: 32 * kib}},
		},
		{
			Path: dir + "g/grafana_12.3.0_amd64.deb", Ends: "wrong-length",
			Line: "empty",
			Cure: "look whether the disk was full when it was uploaded; upload it again",

			Faults: []Fault{{Kind: Cut}},
		},
		{
			Path: dir + "h/haproxy_3.2.7_amd64.deb", Ends: "incomplete",
			Line: "the whole length is promised, and the connection always ends at 48 KiB",
			Cure: "look for a limit on time or size in a proxy; read it on the server",

			Faults: []Fault{{Kind: Short, After: 48 * kib}},
		},
		{
			Path: dir + "k/kea_3.0.2_amd64.deb", Ends: "wrong-length",
			Line: "a body that never ends",
			Cure: "take the address away from what answers there: it is no file",

			Faults: []Fault{{Kind: Endless}},
		},
		{
			Path: dir + "n/nomad_1.11.0_amd64.deb", Ends: "server-error",
			Line: "labelled as gzip, which nobody asked for",
			Cure: "switch compression off for signed files",

			Faults: []Fault{{Header: map[string]string{"Content-Encoding": "gzip"}}},
		},
		{
			Path: dir + "p/prometheus_3.7.3_amd64.deb", Ends: "wrong-length",
			Line: "a login page with status 200 in place of the file",
			Cure: "let the repository past the portal: it needs no session",

			Faults: []Fault{{Kind: Replace, Content: loginPage, Header: map[string]string{"Content-Type": "text/html"}}},
		},
		{
			Name: "packages/pool/main/v/valkey_9.0.0_amd64.deb", Ends: "wrong-hash",
			Line: "right under its sha256 name and wrong under its sha512 name",
			Cure: "upload the second copy again; some clients ask for that one",
		},
		{
			Path: "backports.json", Name: "backports", Ends: "unparsable",
			Line: "the role's file ends in the middle: its targets are out of reach",
			Cure: "upload the file again; it is the one that the snapshot lists",

			Faults: []Fault{{Kind: Cut, After: 900}},
		},
	}
}
