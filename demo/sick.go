package demo

import (
	"net/http"
	"time"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// sick is the default scenario: what a person sees first.
func sick() Scenario {
	return Scenario{
		Name: "sick", Line: "about a hundred targets, eight of them sick in eight ways; over within 30 s",
		Verdict: IsCritical, Findings: []string{"expires-soon"},
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: Sick,
	}
}

// Sick builds the default scenario: the repository of a company that ships a
// command line, agents and images. It is sound but for a timestamp that ends in
// 18 hours; eight of its targets are served badly. With 16 fetches at a time
// the healthy part takes about ten seconds. With a stall limit of 3 seconds, a
// stall time-out of 4, and up to two retries, all is over within 30.
func Sick(seed uint64, start time.Time) (*Stage, error) {
	spec := company(seed, start)
	spec.Timestamp.Expires = 18 * time.Hour
	sick := shop(seed)
	sick.faults = sickFaults()
	s, err := stage("sick", spec, sick)
	if err != nil {
		return nil, err
	}
	s.Latency, s.Rate = 60*time.Millisecond, sickRate
	return s, nil
}

// shop is what the company ships.
func shop(seed uint64) part {
	agents := OwnedKeys("agents", "@gus", "@hana", "@ivo")
	size := sizes(seed)
	return part{
		targets: sickTargets(size),
		delegations: []Delegation{
			{
				Name:  "releases",
				Paths: []string{"releases/*/*/*/*", "releases/*/sbom/*"},
				Role:  crew("releases", 77),

				Targets: sickReleases(size),
				Delegations: []Delegation{{
					Name:  "releases/sbom",
					Paths: []string{"releases/*/sbom/*"},
					Role:  Role{Keys: OwnedKeys("releases/sbom", "@dora", "@jun", "@kaya"), Threshold: 2, Version: 12},

					Targets: sickSBOMs(size),
				}},
			},
			{
				Name:  "agents",
				Paths: []string{"agents/*/*/*"},
				// One of three has not signed this version yet.
				Role: Role{
					Keys: agents, Threshold: 2, Version: 30,
					Signatures: []Signature{{By: agents[0]}, {By: agents[1]}, {By: agents[2], Kind: Empty}},
				},
				Terminating: true,

				Targets: sickAgents(size),
			},
		},
	}
}

// sickRate is bytes a second for each response: what makes the progress visible.
const sickRate = 560 * kib

// sickFaults are in the order in which a run meets them: the slow ones are early
// in the repository, so that their time-outs do not come on top of the rest.
func sickFaults() []Ailment {
	return []Ailment{
		{
			Path: "targets/charts/console-3.2.0.tgz", Ends: "stalled",
			Line: "the server takes the request and stays silent",
			Cure: "ask the origin past the CDN, look what it waits for, then retry",

			Faults: []Fault{{Kind: StallHeaders}},
		},
		{
			Path: "targets/charts/gateway-4.2.0.tgz", Ends: "stalled",
			Line: "the body falls silent after 24 KiB",
			Cure: "look at the disk and the object store behind the server, then retry",

			Faults: []Fault{{Kind: StallBody, After: 24 * kib}},
		},
		{
			Path: "targets/charts/ingest-2.9.1.tgz",
			Line: "the body drips, and ends after a quarter of a minute",
			Cure: "wait; look for a rate limit if it is always this file or this server",

			Faults: []Fault{{Kind: Drip, After: 16 * kib, Bytes: kib, Every: 400 * time.Millisecond}},
		},
		{
			Path: "targets/firmware/bmc/bmc-2.17.bin",
			Line: "503 twice, with Retry-After, and then the file",
			Cure: "nothing now; look at the load of the server if it comes again",

			Faults: []Fault{{Kind: Status, Status: http.StatusServiceUnavailable, RetryAfter: time.Second, Times: 2}},
		},
		{
			Path: "targets/images/debian-12/arm64/initrd.zst", Ends: "wrong-hash",
			Line: "one byte is not the signed one; a cache says that it is a day old",
			Cure: "compare with the origin, purge the cache, retry past caches",

			Faults: []Fault{{Kind: Corrupt, After: 200_000, Header: map[string]string{"Age": "86400", "X-Cache": "HIT"}}},
		},
		{
			Path: "targets/plugins/oidc-bridge/plugin.wasm", Ends: "missing",
			Line: "listed, and not there",
			Cure: "upload the file again, or publish metadata that does not list it",

			Faults: []Fault{{Kind: Status, Status: http.StatusNotFound}},
		},
		{
			Path: "targets/policies/admission.rego", Ends: "wrong-length",
			Line: "512 bytes longer than signed",
			Cure: "upload the file that was signed, or sign this one as a new version",

			Faults: []Fault{{Kind: Long, Extra: 512}},
		},
		{
			Path: "targets/releases/1.20.3/linux/amd64/cli.tar.zst",
			Line: "the connection is reset in the middle, once",
			Cure: "nothing now; it goes on where it broke off",

			Faults: []Fault{{Kind: ResetBody, After: 700 * kib, Times: 1}},
		},
	}
}

// sizes gives sizes that depend on the path, so that no two files look alike.
func sizes(seed uint64) func(path string, low, high int64) int64 {
	return func(path string, low, high int64) int64 {
		return low + int64(newStream(seed, path, "size").word(0)%uint64(high-low+1))
	}
}

func sickTargets(size func(string, int64, int64) int64) []Target {
	var list []Target
	add := func(path string, low, high int64) {
		list = append(list, Target{Path: path, Size: size(path, low, high)})
	}
	for _, chart := range []struct{ name, old, now string }{
		{"console", "3.1.4", "3.2.0"}, {"gateway", "4.1.0", "4.2.0"}, {"ingest", "2.9.0", "2.9.1"},
		{"metrics", "1.14.2", "1.15.0"}, {"scheduler", "7.0.1", "7.0.2"}, {"vault-sync", "0.8.0", "0.9.0"},
	} {
		for _, version := range []string{chart.old, chart.now} {
			add("charts/"+chart.name+"-"+version+".tgz", 48*kib, 52*kib)
		}
	}
	for _, f := range []string{
		"bmc/bmc-2.16.bin", "bmc/bmc-2.17.bin", "nic/cx6-22.39.bin", "nic/cx6-22.41.bin",
		"nic/e810-4.60.bin", "ssd/pm9a3-gdc7.bin", "ssd/p5520-9cv2.bin", "tpm/slb9672-16.13.bin",
	} {
		add("firmware/"+f, 450*kib, mib)
	}
	for _, system := range []string{"alpine-3.21", "debian-12", "fedora-42", "flatcar-4081"} {
		for _, arch := range []string{"amd64", "arm64"} {
			dir := "images/" + system + "/" + arch + "/"
			add(dir+"initrd.zst", 300*kib, 600*kib)
			add(dir+"kernel", 700*kib, 900*kib)
			add(dir+"rootfs.img.zst", 3*mib/2, 5*mib/2)
		}
	}
	for _, p := range []string{
		"audit-log", "cost-report", "dns-sync", "geo-fence", "image-scan", "ldap-sync", "log-shipper",
		"oidc-bridge", "pager", "quota", "s3-mirror", "slack-notify", "tls-rotate", "webhook",
	} {
		add("plugins/"+p+"/plugin.wasm", 90*kib, 600*kib)
	}
	for _, p := range []string{
		"admission", "backup", "egress", "image-sources", "ingress", "labels", "namespaces", "network",
		"pod-security", "quota", "rbac", "registries", "retention", "secrets", "storage", "tenancy",
	} {
		add("policies/"+p+".rego", 2*kib, 9*kib)
	}
	for _, p := range []string{"fulcio", "internal-ca", "rekor", "registry", "timestamping", "vpn"} {
		add("trust/"+p+".pem", 2*kib, 4*kib)
	}
	return list
}

func sickReleases(size func(string, int64, int64) int64) []Target {
	var list []Target
	for _, version := range []string{"1.20.2", "1.20.3", "1.21.0-rc.1"} {
		for _, platform := range []string{"darwin/arm64", "linux/amd64", "linux/arm64", "windows/amd64"} {
			path := "releases/" + version + "/" + platform + "/cli.tar.zst"
			list = append(list, Target{Path: path, Size: size(path, mib, 2*mib), Hashes: BothHashes()})
		}
	}
	return list
}

func sickSBOMs(size func(string, int64, int64) int64) []Target {
	var list []Target
	for _, version := range []string{"1.20.2", "1.20.3", "1.21.0-rc.1"} {
		for _, form := range []string{"cyclonedx", "spdx"} {
			path := "releases/" + version + "/sbom/cli." + form + ".json"
			list = append(list, Target{Path: path, Size: size(path, 30*kib, 90*kib)})
		}
	}
	return list
}

func sickAgents(size func(string, int64, int64) int64) []Target {
	var list []Target
	for _, version := range []string{"2.4.0", "2.4.1"} {
		for _, platform := range []string{"linux-amd64", "linux-arm64", "windows-amd64"} {
			path := "agents/" + version + "/" + platform + "/agent"
			list = append(list, Target{Path: path, Size: size(path, 600*kib, 900*kib)})
		}
	}
	return list
}
