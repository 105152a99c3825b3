package demo

import (
	"bytes"
	"time"
)

// tampered is a delegation into which somebody has reached.
func tampered() Scenario {
	return Scenario{
		Name: "tampered", Line: "four delegated roles with files or signatures that are not what was signed",
		Verdict: IsCritical, Findings: []string{"untrusted-role"},
		StallAfter: 3 * time.Second, StallTimeout: 4 * time.Second, Retries: 2,
		Build: func(seed uint64, start time.Time) (*Stage, error) {
			s, err := stage("tampered", company(seed, start), tamperedPart(seed))
			if err != nil {
				return nil, err
			}
			s.Latency, s.Rate = 60*time.Millisecond, 256*kib
			return s, nil
		},
	}
}

// tamperedPart are drivers, a role for each kind of device.
func tamperedPart(seed uint64) part {
	drivers := func(name string, version int64, files ...string) Delegation {
		g := newGoods(seed)
		for _, f := range files {
			g.add(80*kib, 600*kib, "drivers/"+name+"/"+f)
		}
		return Delegation{Name: "drivers-" + name, Paths: []string{"drivers/" + name + "/*"}, Role: crew("drivers-"+name, version), Targets: g.list}
	}
	audio := drivers("audio", 12, "hda-4.2.cab", "usb-audio-2.9.cab")
	storage := drivers("storage", 33, "nvme-1.18.cab", "raid-6.2.cab", "sas-3.4.cab")
	gpu := drivers("gpu", 57, "compute-580.95.cab", "display-580.95.cab")
	gpu.Role.Signatures = SignedBy(OwnedKeys("build-server", "@ci")...)
	net := drivers("net", 21, "e810-2.3.cab", "mlx5-25.10.cab")
	net.Role.Signatures = []Signature{{By: net.Role.Keys[0]}, {By: net.Role.Keys[1], Kind: Bad}, {By: net.Role.Keys[2], Kind: Empty}}
	usb := drivers("usb", 9, "hub-1.7.cab", "xhci-3.0.cab")
	return part{
		delegations: []Delegation{audio, storage, gpu, net, usb},
		tamper: map[string]func([]byte) []byte{
			"drivers-storage": func(file []byte) []byte {
				return bytes.Replace(file, []byte(`"expires":"20`), []byte(`"expires":"21`), 1)
			},
		},
		finish: func(r *Repository) error {
			return r.Resign("drivers-usb", func(signed map[string]any) { signed["version"] = int64(7) })
		},
		faults: []Ailment{
			{
				Name: "drivers-storage", Ends: "bad-signatures",
				Line: "its expiry was put off after signing; the snapshot lists the changed file",
				Cure: "stop publishing, keep the file, look who can change it unseen",
			},
			{
				Name: "drivers-gpu", Ends: "bad-signatures",
				Line: "signed by a build server's key that the delegation does not list",
				Cure: "ask who signed it; add the key only if its owner was meant to sign",
			},
			{
				Name: "drivers-net", Ends: "bad-signatures",
				Line: "one good signature, one over other bytes, one missing; two are needed",
				Cure: "compare what the second signer saw with this file, then sign anew",
			},
			{
				Name: "drivers-usb", Ends: "metadata-hash",
				Line: "an older version lies over the announced one: a rollback or a stray upload",
				Cure: "publish the announced version again; look in the log who wrote it",
			},
		},
	}
}
