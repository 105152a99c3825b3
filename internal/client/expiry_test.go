package client_test

import (
	"testing"
	"time"

	"example.com/tufinspect/demo"
)

func TestWhatHasExpiredIsNotAccepted(t *testing.T) {
	const past = -day
	tell(t, []story{
		{
			name: "the last root is kept and ends the update",
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { s.Roots = 2; s.Root.Expires = past; versions(s, 2, 2, 2) }, fails: "has expired", asks: "2.root 3.root", caches: "root:2 snapshot:1 targets:1 timestamp:1"},
				{publish: func(s *demo.Spec) { s.Roots = 3; s.Root.Expires = 0 }, asks: "3.root 4.root timestamp 2.snapshot 2.targets", caches: "root:3 snapshot:2 targets:2 timestamp:2"},
			},
		},
		{
			name: "a root on the way to the last one may have",
			spec: demo.Spec{Roots: 3, EditRoot: func(v *demo.RootVersion) {
				if v.Version < 3 {
					v.Root.Expires = past
				}
			}},
			steps: []step{{caches: "root:3 snapshot:1 targets:1 timestamp:1"}},
		},
		{
			name: "timestamp",
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 2); s.Timestamp.Expires = past }, fails: "timestamp refused", asks: "2.root timestamp", caches: allFirst},
			},
		},
		{
			name: "snapshot",
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 2); s.Snapshot.Expires = past }, fails: "snapshot refused", asks: "2.root timestamp 2.snapshot", caches: "root:1 snapshot:1 targets:1 timestamp:2"},
			},
		},
		{
			name: "targets",
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 2); s.TargetsRole.Expires = past }, fails: "targets refused", asks: "2.root timestamp 2.snapshot 2.targets", caches: "root:1 snapshot:2 targets:1 timestamp:2"},
			},
		},
		{
			name: "a delegated role, when it is first seen",
			spec: demo.Spec{Delegations: []demo.Delegation{{
				Name: "team", Paths: []string{"team/*"}, Role: demo.Role{Expires: past}, Targets: []demo.Target{{Path: "team/a", Size: 3}},
			}}},
			steps: []step{
				{caches: allFirst},
				{download: "team/a", fails: "team refused", asks: "2.root timestamp 1.team", caches: allFirst},
			},
		},
	})
}

func TestWhatHasExpiredInTheCacheIsOnlyLookedBackAt(t *testing.T) {
	team := func(version int64, days int) []demo.Delegation {
		return []demo.Delegation{{
			Name: "team", Paths: []string{"team/*"}, Role: demo.Role{Version: version, Expires: time.Duration(days) * day},
			Targets: []demo.Target{{Path: "team/a", Size: 3}, {Path: "team/b", Size: 4}},
		}}
	}
	long := demo.Role{Expires: 300 * day}
	tell(t, []story{
		{
			name: "newer files are accepted over an expired timestamp and snapshot",
			spec: demo.Spec{Timestamp: demo.Role{Expires: 7 * day}, Snapshot: demo.Role{Expires: 7 * day}},
			steps: []step{
				{caches: allFirst},
				{publish: func(s *demo.Spec) {
					versions(s, 2, 2, 2)
					s.Timestamp.Expires, s.Snapshot.Expires = 21*day, 21*day
				}, later: 18 * day, asks: "2.root timestamp 2.snapshot 2.targets", caches: "root:1 snapshot:2 targets:2 timestamp:2"},
			},
		},
		{
			name: "an expired timestamp still keeps its version from going back",
			spec: demo.Spec{Timestamp: demo.Role{Expires: 7 * day, Version: 5}},
			steps: []step{
				{},
				{publish: func(s *demo.Spec) { s.Timestamp = demo.Role{Version: 4, Expires: 21 * day} }, later: 18 * day, fails: "timestamp refused", caches: "root:1 snapshot:1 targets:1 timestamp:5"},
			},
		},
		{
			name: "an expired snapshot still keeps the versions that it lists from going back",
			spec: demo.Spec{Timestamp: demo.Role{Expires: 7 * day}, Snapshot: demo.Role{Expires: 7 * day}, TargetsRole: demo.Role{Version: 5}},
			steps: []step{
				{},
				{publish: func(s *demo.Spec) {
					versions(s, 2, 2, 4)
					s.Timestamp.Expires, s.Snapshot.Expires = 21*day, 21*day
				}, later: 18 * day, fails: "snapshot refused", caches: "root:1 snapshot:1 targets:5 timestamp:2"},
			},
		},
		{
			name: "a timestamp that expired and was not renewed ends the update at once",
			spec: demo.Spec{Timestamp: demo.Role{Expires: 7 * day}},
			steps: []step{
				{},
				{later: 18 * day, fails: "timestamp refused: it has expired, and there is no newer one", asks: "2.root timestamp", caches: allFirst},
			},
		},
		{
			name: "a snapshot that expired and was not renewed is asked for, and refused",
			spec: demo.Spec{Timestamp: long, Snapshot: demo.Role{Expires: 7 * day}},
			steps: []step{
				{},
				{later: 18 * day, fails: "snapshot refused", asks: "2.root timestamp 1.snapshot", caches: allFirst},
			},
		},
		{
			name: "so are targets",
			spec: demo.Spec{Timestamp: long, Snapshot: long, TargetsRole: demo.Role{Expires: 7 * day}},
			steps: []step{
				{},
				{later: 18 * day, fails: "targets refused", asks: "2.root timestamp 1.targets", caches: allFirst},
			},
		},
		{
			name: "a delegated role that expired and was not renewed is not used",
			spec: demo.Spec{Timestamp: long, Snapshot: long, Delegations: team(1, 7)},
			steps: []step{
				{download: "team/a", caches: "root:1 snapshot:1 targets:1 team:1 timestamp:1"},
				{later: 18 * day, download: "team/b", fails: "team refused", asks: "2.root timestamp 1.team"},
			},
		},
		{
			name: "one that was renewed is",
			spec: demo.Spec{Timestamp: long, Snapshot: long, Delegations: team(1, 7)},
			steps: []step{
				{download: "team/a"},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 1); s.Delegations = team(2, 21) }, later: 18 * day, download: "team/b", asks: "2.root timestamp 2.snapshot 2.team targets/team/HASH256.b", caches: "root:1 snapshot:2 targets:1 team:2 timestamp:2"},
			},
		},
		{
			name: "the clock of the update decides, not the computer's",
			spec: demo.Spec{Timestamp: demo.Role{Expires: 7 * day}},
			steps: []step{
				{later: 6 * day},
				{later: 2 * day, fails: "timestamp refused"},
				{later: -3 * day},
			},
		},
	})
}
