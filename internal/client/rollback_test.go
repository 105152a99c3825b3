package client_test

import (
	"testing"

	"example.com/tufinspect/demo"
)

func TestNothingGoesBack(t *testing.T) {
	for listing, name := range map[demo.Listing]string{demo.ListNeither: "versions only", demo.ListBoth: "with lengths and hashes"} {
		t.Run(name, func(t *testing.T) {
			begin := demo.Spec{Meta: listing, Timestamp: demo.Role{Version: 5}, Snapshot: demo.Role{Version: 5}, TargetsRole: demo.Role{Version: 5}}
			const all = "root:1 snapshot:5 targets:5 timestamp:5"
			tell(t, []story{
				{
					name: "the timestamp",
					spec: begin,
					steps: []step{
						{caches: all},
						{publish: republish(4, 5, 5), fails: "timestamp refused", asks: "2.root timestamp", caches: all},
					},
				},
				{
					name: "the snapshot that it names",
					spec: begin,
					steps: []step{
						{},
						{publish: republish(6, 4, 5), fails: "timestamp refused", asks: "2.root timestamp", caches: all},
					},
				},
				{
					name: "the targets that the snapshot lists",
					spec: begin,
					steps: []step{
						{},
						{publish: republish(6, 6, 4), fails: "snapshot refused", asks: "2.root timestamp 6.snapshot", caches: "root:1 snapshot:5 targets:5 timestamp:6"},
						{publish: republish(7, 7, 6), caches: "root:1 snapshot:7 targets:6 timestamp:7"},
					},
				},
				{
					name: "a snapshot that the timestamp does not name yet is not asked for",
					spec: begin,
					steps: []step{
						{},
						{change: func(r *demo.Repository) { setVersion(r, "snapshot", 4) }, asks: "2.root timestamp", caches: all},
					},
				},
			})
		})
	}
}

func TestWhatTheSnapshotListedStaysListed(t *testing.T) {
	team := func(version int64) []demo.Delegation {
		return []demo.Delegation{{Name: "team", Paths: []string{"*"}, Role: demo.Role{Version: version}}}
	}
	tell(t, []story{
		{
			name: "a file that is gone",
			spec: demo.Spec{Delegations: team(1)},
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 2); s.Delegations = nil }, fails: "snapshot refused", caches: "root:1 snapshot:1 targets:1 timestamp:2"},
			},
		},
		{
			name: "a delegated role whose version goes back",
			spec: demo.Spec{Delegations: team(3)},
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 2); s.Delegations = team(2) }, fails: "snapshot refused", caches: "root:1 snapshot:1 targets:1 timestamp:2"},
			},
		},
		{
			name: "a file that is new",
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 2); s.Delegations = team(1) }, caches: "root:1 snapshot:2 targets:2 timestamp:2"},
			},
		},
	})
}

func TestATimestampOfTheSameVersionBringsNothingNew(t *testing.T) {
	tell(t, []story{
		{
			name: "whatever else it says",
			steps: []step{
				{},
				{
					change: func(r *demo.Repository) {
						edit(r, "timestamp", func(signed map[string]any) { demo.Sub(signed, "meta", "snapshot.json")["version"] = 100 })
					},
					asks: "2.root timestamp", caches: allFirst,
				},
			},
		},
		{
			name: "but it has to be signed",
			steps: []step{
				{},
				{
					change: func(r *demo.Repository) {
						if err := r.ResignBy("timestamp", nil, demo.SignedBy(demo.Key{Name: "stranger"})...); err != nil {
							panic(err)
						}
					},
					fails: "timestamp refused", caches: allFirst,
				},
			},
		},
	})
}

func TestRotatedKeysMakeAClientForget(t *testing.T) {
	far := demo.Spec{Timestamp: demo.Role{Version: 90}, Snapshot: demo.Role{Version: 90}, TargetsRole: demo.Role{Version: 90}}
	rotate := func(then func(s *demo.Spec), roles ...string) func(s *demo.Spec) {
		return func(s *demo.Spec) {
			s.Roots, s.Rotate = 2, roles
			then(s)
		}
	}
	tell(t, []story{
		{
			name: "the timestamp begins anew with another key",
			spec: far,
			steps: []step{
				{},
				{publish: rotate(republish(1, 90, 90), "timestamp"), caches: "root:2 snapshot:90 targets:90 timestamp:1"},
			},
		},
		{
			name: "the snapshot does with other keys of both",
			spec: far,
			steps: []step{
				{},
				{publish: rotate(republish(1, 1, 90), "timestamp", "snapshot"), caches: "root:2 snapshot:1 targets:90 timestamp:1"},
			},
		},
		{
			name: "targets do with another key of the snapshot",
			spec: far,
			steps: []step{
				{},
				{publish: rotate(republish(91, 91, 1), "snapshot"), caches: "root:2 snapshot:91 targets:1 timestamp:91"},
			},
		},
		{
			name: "targets do not with another key of their own",
			spec: far,
			steps: []step{
				{},
				{publish: rotate(republish(91, 91, 1), "targets"), fails: "snapshot refused", caches: "root:2 snapshot:90 targets:90 timestamp:91"},
			},
		},
		{
			name: "without a rotation nothing is forgotten",
			spec: far,
			steps: []step{
				{},
				{publish: rotate(republish(1, 1, 1), "root"), fails: "timestamp refused", caches: "root:2 snapshot:90 targets:90 timestamp:90"},
			},
		},
	})
}

func TestLengthAndHashesOfMetadata(t *testing.T) {
	wrong := func(lister, file string, change func(meta map[string]any)) demo.Spec {
		return demo.Spec{Tamper: demo.OnRole(lister, func(signed map[string]any) { change(demo.Sub(signed, "meta", file)) })}
	}
	zeros := "0000000000000000000000000000000000000000000000000000000000000000"
	hash := func(alg, sum string) func(map[string]any) {
		return func(meta map[string]any) { demo.Sub(meta, "hashes")[alg] = sum }
	}
	length := func(n int64) func(map[string]any) { return func(meta map[string]any) { meta["length"] = n } }
	const noSnapshot, noTargets = "root:1 timestamp:1", "root:1 snapshot:1 timestamp:1"
	tell(t, []story{
		{name: "snapshot, another hash", spec: wrong("timestamp", "snapshot.json", hash("sha256", zeros)), steps: []step{{fails: "snapshot refused", caches: noSnapshot}}},
		{name: "snapshot, one right and one wrong hash", spec: wrong("timestamp", "snapshot.json", hash("sha512", zeros+zeros)), steps: []step{{fails: "snapshot refused", caches: noSnapshot}}},
		{name: "snapshot, a hash that nobody knows", spec: wrong("timestamp", "snapshot.json", hash("crc32", "00000000")), steps: []step{{fails: "snapshot refused", caches: noSnapshot}}},
		{name: "snapshot, longer than listed", spec: wrong("timestamp", "snapshot.json", length(100)), steps: []step{{fails: "fetching 1.snapshot.json", caches: noSnapshot}}},
		{name: "snapshot, shorter than listed", spec: wrong("timestamp", "snapshot.json", length(100_000)), steps: []step{{fails: "fetching 1.snapshot.json", caches: noSnapshot}}},
		{name: "snapshot, listed longer than anything is", spec: wrong("timestamp", "snapshot.json", length(1<<40)), steps: []step{{fails: "no more than", asks: "2.root timestamp", caches: noSnapshot}}},
		{name: "targets, another hash", spec: wrong("snapshot", "targets.json", hash("sha256", zeros)), steps: []step{{fails: "targets refused", caches: noTargets}}},
		{name: "targets, longer than listed", spec: wrong("snapshot", "targets.json", length(100)), steps: []step{{fails: "fetching 1.targets.json", caches: noTargets}}},
		{
			name: "targets that were replaced after the snapshot was signed",
			steps: []step{
				{},
				{publish: republish(2, 2, 2), change: func(r *demo.Repository) {
					edit(r, "targets", func(signed map[string]any) { signed["x"] = "y" })
				}, fails: "2.targets.json", caches: "root:1 snapshot:2 targets:1 timestamp:2"},
			},
		},
	})
}

func TestAFileWithoutAListedLengthIsBounded(t *testing.T) {
	long := func(path string) map[string]demo.Fault { return map[string]demo.Fault{path: {Kind: demo.Endless}} }
	spec := demo.Spec{Meta: demo.ListNeither, Roots: 2}
	tell(t, []story{
		{name: "root", spec: spec, steps: []step{{faults: long("2.root.json"), fails: "fetching 2.root.json", caches: "root:1"}}},
		{name: "timestamp", spec: spec, steps: []step{{faults: long("timestamp.json"), fails: "fetching timestamp.json", caches: "root:2"}}},
		{name: "snapshot", spec: spec, steps: []step{{faults: long("snapshot.json"), fails: "fetching 1.snapshot.json", caches: "root:2 timestamp:1"}}},
		{name: "targets", spec: spec, steps: []step{{faults: long("targets.json"), fails: "fetching 1.targets.json", caches: "root:2 snapshot:1 timestamp:1"}}},
	})
}

func TestTheChainOfRootsIsBounded(t *testing.T) {
	w := newWorld(t, demo.Spec{Roots: 7}, nil)
	w.limits.Roots = 3
	w.limits.RootMax, w.limits.TimeMax, w.limits.SnapMax, w.limits.TargsMax, w.limits.File, w.limits.Work = 1<<20, 1<<20, 1<<20, 1<<20, 1<<20, 1<<28
	w.step(step{fails: "goes on from version 4", asks: "2.root 3.root 4.root", caches: "root:4"}, "first")
	w.step(step{fails: "goes on from version 7", asks: "5.root 6.root 7.root", caches: "root:7"}, "second")
	w.step(step{asks: "8.root timestamp 1.snapshot 1.targets", caches: "root:7 snapshot:1 targets:1 timestamp:1"}, "third")
}
