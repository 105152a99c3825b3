package trust

import (
	"errors"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/finding"
)

// topFile is timestamp or snapshot.
type topFile struct {
	need    NeedID
	asked   bool
	version int64 // in its name, 0 for none
	role    RoleID
	hasRole bool
}

// topLevel asks for the timestamp (5.4), first or once more.
func (w *Walk) topLevel(s *Step) {
	t := &w.timestamp
	if !t.hasRole {
		t.role, t.hasRole = w.newRole(Role{Name: "timestamp", Parent: "root", ParentID: w.roots.role, Current: true}), true
	}
	r := w.role(t.role)
	r.State, r.Problem, r.ParentID = Fetching, "", w.roots.role
	if t.asked {
		w.askAgain(s, t.need)
		return
	}
	t.asked = true
	n := Need{Role: t.role, Name: metadata.TIMESTAMP, Length: -1, Limit: w.limits.File}
	t.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) { w.takeTimestamp(s, a) })
}

// topVerdict is what is known of timestamp or snapshot after it was verified.
type topVerdict struct {
	signers []Signer
	duty    duty
	problem *finding.Finding // nil if go-tuf accepts it under what is above it
	parsed  bool
}

func (w *Walk) takeTimestamp(s *Step, a Answer) {
	t := &w.timestamp
	if a.Bytes == nil {
		w.topMissing(s, t, a, "timestamp")
		return
	}
	root, data, limit := w.roots.current, a.Bytes, w.limits.Signers
	w.job(s, t.need, func() func(w *Walk, s *Step) {
		md, v := verifyTimestamp(root, data, limit)
		return func(w *Walk, s *Step) { w.timestampJudged(s, data, md, v) }
	})
}

func verifyTimestamp(root *metadata.Metadata[metadata.RootType], data []byte, limit int) (*metadata.Metadata[metadata.TimestampType], topVerdict) {
	var md *metadata.Metadata[metadata.TimestampType]
	var v topVerdict
	if err := guard(func() (err error) { md, err = metadata.Timestamp().FromBytes(data); return }); err != nil {
		f := unparsable("timestamp", err)
		return nil, topVerdict{problem: &f}
	}
	v.parsed = true
	tm := trustedmetadata.TrustedMetadata{Root: root, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
	err := guard(func() error { _, err := tm.UpdateTimestamp(data); return err })
	v.duty = rootDuty(root, metadata.TIMESTAMP)
	var unreadable string
	v.signers, unreadable = signed(v.duty, metadata.TIMESTAMP, md, err == nil, limit)
	if err != nil {
		f := counted(refusal("timestamp", err, unreadable), tally(v.signers, v.duty.threshold))
		v.problem = &f
		return md, v
	}
	if md.Signed.Meta["snapshot.json"] == nil {
		// go-tuf accepts this and crashes at the next file.
		f := unparsable("timestamp", errors.New("it lists no snapshot.json"))
		v.problem = &f
	}
	return md, v
}

func (w *Walk) timestampJudged(s *Step, data []byte, md *metadata.Metadata[metadata.TimestampType], v topVerdict) {
	t := &w.timestamp
	if md != nil {
		r := w.role(t.role)
		r.Version, r.Expires = md.Signed.Version, md.Signed.Expires
	}
	w.checkSize(s, "timestamp", t.role, int64(len(data)), -1, w.limits.TimeMax)
	w.tsOK = w.topJudged(s, t, data, v, belowRoots)
	w.ts = md
	if md == nil || md.Signed.Meta["snapshot.json"] == nil {
		w.skipBelowTimestamp("timestamp cannot be read")
		return
	}
	if f, ok := w.judgeExpiry(w.role(t.role), w.periods("timestamp", md.Signed.UnrecognizedFields)); ok {
		w.note(s, f, t.role)
	}
	w.wantSnapshot(s)
}

// periods are the fields that state a role's signing period: in the role itself,
// or in the root for roles that are signed online.
func (w *Walk) periods(role string, own map[string]any) map[string]any {
	if signingPeriod(own) > 0 || w.roots.current == nil {
		return own
	}
	if r := w.roots.current.Signed.Roles[role]; r != nil {
		return r.UnrecognizedFields
	}
	return own
}

// topJudged fills in the role and ends its need. It tells whether the file is
// accepted along the whole chain.
func (w *Walk) topJudged(s *Step, t *topFile, data []byte, v topVerdict, l level) bool {
	r := w.role(t.role)
	fillFile(r, data)
	r.Signers, r.Threshold = v.signers, v.duty.threshold
	if v.problem != nil {
		r.State, r.Problem = Refused, v.problem.Message
		w.note(s, *v.problem, t.role)
		w.verdict(s, t.need, false, v.problem, "")
		return false
	}
	for _, f := range bystanders(r.Name, v.signers) {
		w.note(s, f, t.role)
	}
	if above := w.refusedTop(l); above != "" {
		r.State, r.Problem = Refused, "below "+above+", which was not accepted"
		w.verdict(s, t.need, false, untrusted(r.Name, above), "")
		return false
	}
	r.State, r.Problem = Accepted, ""
	w.verdict(s, t.need, true, nil, "")
	return true
}

// topMissing is a top-level file that could not be had.
func (w *Walk) topMissing(s *Step, t *topFile, a Answer, name string) {
	r := w.role(t.role)
	r.State, r.Problem = Absent, reasonText(a)
	w.verdict(s, t.need, false, nil, "")
	if name == "timestamp" {
		w.tsOK = false
		w.skipBelowTimestamp("timestamp is missing")
		return
	}
	w.snOK = false
	w.skipTargets("snapshot is missing")
}

// wantSnapshot asks for the snapshot that the timestamp names (5.5).
func (w *Walk) wantSnapshot(s *Step) {
	t := &w.snapshot
	meta := w.ts.Signed.Meta["snapshot.json"]
	if !t.hasRole {
		t.role, t.hasRole = w.newRole(Role{Name: "snapshot", Parent: "root", ParentID: w.roots.role, Current: true}), true
	}
	r := w.role(t.role)
	r.State, r.Problem, r.ParentID = Fetching, "", w.roots.role
	version := w.inName(meta.Version)
	if t.asked && t.version == version {
		w.askAgain(s, t.need)
		return
	}
	if t.asked {
		s.Outdated = append(s.Outdated, t.need)
	}
	t.asked, t.version = true, version
	n := Need{Role: t.role, Name: metadata.SNAPSHOT, Version: version, Length: listed(meta.Length), Limit: w.limits.File}
	t.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) { w.takeSnapshot(s, a) })
}

// inName is the version that stands in a file's name: none without consistent
// snapshots.
func (w *Walk) inName(version int64) int64 {
	if w.Consistent() {
		return version
	}
	return 0
}

// listed is a length from META, or -1 when there is none.
func listed(length int64) int64 {
	if length > 0 {
		return length
	}
	return -1
}

func (w *Walk) takeSnapshot(s *Step, a Answer) {
	t := &w.snapshot
	if a.Bytes == nil {
		w.topMissing(s, t, a, "snapshot")
		return
	}
	root, ts, data, limit := w.roots.current, w.ts, a.Bytes, w.limits.Signers
	w.job(s, t.need, func() func(w *Walk, s *Step) {
		md, v := verifySnapshot(root, ts, data, limit)
		return func(w *Walk, s *Step) { w.snapshotJudged(s, data, md, v) }
	})
}

func verifySnapshot(root *metadata.Metadata[metadata.RootType], ts *metadata.Metadata[metadata.TimestampType], data []byte, limit int) (*metadata.Metadata[metadata.SnapshotType], topVerdict) {
	var md *metadata.Metadata[metadata.SnapshotType]
	var v topVerdict
	if err := guard(func() (err error) { md, err = metadata.Snapshot().FromBytes(data); return }); err != nil {
		f := unparsable("snapshot", err)
		return nil, topVerdict{problem: &f}
	}
	v.parsed = true
	tm := trustedmetadata.TrustedMetadata{Root: root, Timestamp: ts, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
	err := guard(func() error { _, err := tm.UpdateSnapshot(data, false); return err })
	v.duty = rootDuty(root, metadata.SNAPSHOT)
	var unreadable string
	v.signers, unreadable = signed(v.duty, metadata.SNAPSHOT, md, err == nil, limit)
	if err != nil {
		f := counted(refusal("snapshot", err, unreadable), tally(v.signers, v.duty.threshold))
		v.problem = &f
	}
	return md, v
}

func (w *Walk) snapshotJudged(s *Step, data []byte, md *metadata.Metadata[metadata.SnapshotType], v topVerdict) {
	t := &w.snapshot
	if md != nil {
		r := w.role(t.role)
		r.Version, r.Expires = md.Signed.Version, md.Signed.Expires
	}
	w.checkSize(s, "snapshot", t.role, int64(len(data)), w.needs[t.need].Length, w.limits.SnapMax)
	w.snOK = w.topJudged(s, t, data, v, belowTimestamp)
	w.sn = md
	if md == nil {
		w.skipTargets("snapshot cannot be read")
		return
	}
	if f, ok := w.judgeExpiry(w.role(t.role), w.periods("snapshot", md.Signed.UnrecognizedFields)); ok {
		w.note(s, f, t.role)
	}
	w.wantTargets(s)
}

// skipBelow says that nothing below the roots is looked at.
func (w *Walk) skipBelow(_ *Step, why string) {
	w.skipTop(&w.timestamp, "timestamp", why)
	w.skipBelowTimestamp(why)
}

func (w *Walk) skipBelowTimestamp(why string) {
	w.skipTop(&w.snapshot, "snapshot", why)
	w.skipTargets(why)
}

func (w *Walk) skipTop(t *topFile, name, why string) {
	if !t.hasRole {
		t.role, t.hasRole = w.newRole(Role{Name: name, Parent: "root", ParentID: w.roots.role, Current: true}), true
	}
	r := w.role(t.role)
	r.State, r.Problem = Skipped, "not looked at: "+why
}

func (w *Walk) skipTargets(why string) {
	f := w.targets
	if f == nil {
		f = w.newTargets()
	}
	if f.asked {
		return // what is known of it stays on screen; it is not accepted any more
	}
	r := w.role(f.in[0].role)
	r.State, r.Problem = Skipped, "not looked at: "+why
}
