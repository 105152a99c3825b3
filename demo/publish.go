package demo

import (
	"net/http"
	"time"
)

// publishTakes is how long the publication goes on, once a client has begun.
const publishTakes = 20 * time.Second

// publish is a repository in the middle of a publication.
func publish() Scenario {
	return Scenario{
		Name: "publish", Line: "a snapshot ahead of its files; the upload ends after 20 s; R finds all well",
		Verdict:    IsCritical,
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			spec := company(seed, start)
			spec.Snapshot.Version, spec.Timestamp.Version = 213, 1905
			s, err := stage("publish", spec, publishPart(seed, publishTakes))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 60*time.Millisecond, 256*kib
			return s, nil
		},
	}
}

// publishPart are channels, of which two are being published for so long; zero means
// for ever.
func publishPart(seed uint64, takes time.Duration) part {
	channel := func(name string, version int64, builds ...string) Delegation {
		g := newGoods(seed)
		for _, b := range builds {
			for _, platform := range []string{"darwin-arm64.pkg", "linux-amd64.AppImage", "windows-amd64.msix"} {
				g.add(300*kib, 900*kib, "channels/"+name+"/"+b+"-"+platform)
			}
		}
		return Delegation{Name: "channel-" + name, Paths: []string{"channels/" + name + "/*"}, Role: crew("channel-"+name, version), Targets: g.list}
	}
	absent := []Fault{{Kind: Status, Status: http.StatusNotFound, For: takes}}
	return part{
		delegations: []Delegation{
			channel("stable", 46, "desk-5.3.0", "desk-5.3.1"),
			channel("beta", 58, "desk-5.4.0-beta.2"),
			channel("nightly", 311, "desk-5.5.0-nightly.1126"),
		},
		faults: []Ailment{
			{
				Path: "channel-beta.json", Name: "channel-beta", Ends: "missing",
				Line: "the snapshot lists version 58, and the file is not there yet",
				Cure: "wait for the upload, then retry; upload the snapshot last next time",

				Faults: absent,
			},
			{
				Path: "channel-nightly.json", Name: "channel-nightly", Ends: "unparsable",
				Line: "the file is there by half: it is being written in place",
				Cure: "wait, then retry; write to another name and rename",

				Faults: []Fault{{Kind: Cut, After: 700, For: takes}},
			},
			{
				Path: "targets/channels/stable/desk-5.3.1-linux-amd64.AppImage", Ends: "missing",
				Line: "listed, and its upload has not begun",
				Cure: "wait, then retry; upload targets before the metadata that lists them",

				Faults: absent,
			},
			{
				Path: "targets/channels/stable/desk-5.3.1-windows-amd64.msix", Ends: "wrong-length",
				Line: "its first 120 KiB are there, and the upload goes on",
				Cure: "wait, then retry",

				Faults: []Fault{{Kind: Cut, After: 120 * kib, For: takes}},
			},
		},
	}
}
