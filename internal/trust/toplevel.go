package trust

import (
	"cmp"
	"crypto/sha256"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// topFile is timestamp or snapshot.
type topFile struct {
	need    NeedID
	asked   bool
	version int64 // in its name, 0 for none
	role    RoleID
	hasRole bool
	waiting bool // its bytes are awaited, or being verified
	digest  [sha256.Size]byte
	shown   *excerpt // what is kept of it to be shown; nil if there is no file
	begun   bool     // of the timestamp: the remembered one is forgotten
	lowered bool     // only a client that remembers another state refuses it
	data    []byte   // the file, if it was accepted by itself
}

// topLevel asks for the timestamp (5.4), first or once more.
func (w *Walk) topLevel(s *Step) {
	t := &w.timestamp
	if !t.hasRole {
		t.role, t.hasRole = w.newRole(Role{Name: "timestamp", Parent: "root", ParentID: w.roots.role, Current: true}), true
	}
	w.fetching(t.role)
	t.waiting = true
	if t.asked {
		w.askAgain(s, t.need)
		return
	}
	t.asked = true
	n := Need{Role: t.role, Name: metadata.TIMESTAMP, Length: -1, Limit: w.limits.File}
	t.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) { w.takeTimestamp(s, a) })
}

// fetching puts a role below the root back to its beginning.
func (w *Walk) fetching(id RoleID) {
	r := w.role(id)
	r.State, r.Problem, r.ParentID = Fetching, "", w.roots.role
}

func (w *Walk) takeTimestamp(s *Step, a Answer) {
	t := &w.timestamp
	w.lookAhead(s)
	if a.Bytes == nil {
		w.topMissing(s, t, a, "timestamp")
		return
	}
	root, data, limits, before := w.roots.current, a.Bytes, w.limits, w.before
	w.job(s, t.need, func() func(w *Walk, s *Step) {
		md, v := verifyTimestamp(root, data, limits)
		if v.problem == nil && before != nil {
			v.before = before.timestamp(root, md, data)
			v.problem = v.before.problem
		}
		x := excerptOf(data, signaturesOf(md))
		return func(w *Walk, s *Step) {
			w.timestamp.shown = w.show(w.timestamp.shown, x, false)
			w.timestampJudged(s, data, md, v)
		}
	})
}

func (w *Walk) timestampJudged(s *Step, data []byte, md *metadata.Metadata[metadata.TimestampType], v topVerdict) {
	t := &w.timestamp
	if v.before.problem != nil && !w.again {
		// Somebody may be publishing, or a cache be behind: look again before that is said.
		w.again = true
		w.verdict(s, t.need, false, nil, "older than the one that was verified before; looked at once more")
		w.askAgain(s, t.need)
		return
	}
	w.takeBack(s, t)
	t.waiting = false
	w.forgot, w.lower, t.begun = v.before.forgot, v.before.lower, v.before.forgot != ""
	r := w.role(t.role)
	r.Version, r.Expires, r.Expired, r.Soon = 0, time.Time{}, false, false
	if md != nil {
		r.Version, r.Expires = md.Signed.Version, md.Signed.Expires
		w.expiry(s, t, &v, md.Signed.UnrecognizedFields)
	}
	w.checkSize(s, t, "timestamp", t.role, int64(len(data)), -1, w.limits.TimeMax)
	w.tsOK = w.topJudged(s, t, data, v, belowRoots)
	if md == nil || md.Signed.Meta["snapshot.json"] == nil {
		w.ts = nil
		w.skipBelowTimestamp(s, "the timestamp does not say which snapshot")
		return
	}
	w.ts = md
	w.remark(s, t, w.judgeValidity(w.role(t.role), w.periods("timestamp", md.Signed.UnrecognizedFields)), t.role)
	w.wantSnapshot(s)
}

// expiry judges the end of timestamp or snapshot. That a client refuses what has
// expired (5.4.4, 5.5.6) is its problem, if it has no other.
func (w *Walk) expiry(s *Step, t *topFile, v *topVerdict, fields map[string]any) {
	r := w.role(t.role)
	f, ok := w.judgeExpiry(r, w.periods(r.Name, fields))
	if !ok {
		return
	}
	w.say(s, t, f, t.role)
	if r.Expired && v.problem == nil {
		v.problem = &f
	}
}

// refusal is the state of a role with a problem of its own.
func refusal(problem *finding.Finding) RoleState {
	if problem.ID == finding.Expired {
		return Expired
	}
	return Refused
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
	t.lowered = v.problem != nil && (v.problem.ID == finding.Rollback || v.problem.ID == finding.RoleRemoved)
	w.remark(s, t, v.remarks, t.role)
	w.remark(s, t, v.before.remarks, t.role)
	t.data = nil
	if v.problem == nil {
		t.data = tight(data)
	}
	if v.problem != nil {
		r.State, r.Problem = refusal(v.problem), v.problem.Message
		w.say(s, t, *v.problem, t.role)
		w.verdict(s, t.need, false, v.problem, "")
		return false
	}
	for _, f := range bystanders(r.Name, v.signers, v.duty) {
		w.say(s, t, f, t.role)
	}
	if above := w.obstacleTop(l); !above.none() {
		r.State, r.Problem = Refused, above.below()
		w.verdict(s, t.need, false, untrusted(r.Name, above), "")
		return false
	}
	r.State, r.Problem = Accepted, ""
	w.verdict(s, t.need, true, nil, "")
	return true
}

// topMissing is a top-level file that could not be had.
func (w *Walk) topMissing(s *Step, t *topFile, a Answer, name string) {
	w.takeBack(s, t)
	t.waiting = false
	t.shown = w.show(t.shown, nil, false)
	r := w.role(t.role)
	r.State, r.Problem = a.lack(), reasonText(a)
	w.verdict(s, t.need, false, nil, "")
	why := "the " + name + " was not fetched"
	if a.Absent {
		why = "the " + name + " is missing"
	}
	if name == "timestamp" {
		w.tsOK, w.ts = false, nil
		w.skipBelowTimestamp(s, why)
		return
	}
	w.snOK, w.sn = false, nil
	w.skipTargets(s, why)
}

// wantSnapshot asks for the snapshot that the timestamp names (5.5).
func (w *Walk) wantSnapshot(s *Step) {
	t := &w.snapshot
	meta := w.ts.Signed.Meta["snapshot.json"]
	if !t.hasRole {
		t.role, t.hasRole = w.newRole(Role{Name: "snapshot", Parent: "root", ParentID: w.roots.role, Current: true}), true
	}
	w.fetching(t.role)
	t.waiting = true
	version := w.inName(meta.Version)
	if t.asked && t.version == version {
		w.needs[t.need].Length = listed(meta.Length)
		w.askAgain(s, t.need)
		return
	}
	if t.asked {
		w.outdate(s, t.need)
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
	if w.ts == nil { // it was asked for before the timestamp was delivered again
		w.verdict(s, t.need, false, untrusted("snapshot", w.obstacleAt("timestamp", w.timestamp.role)), "")
		return
	}
	root, ts, data, limits, before, begun := w.roots.current, w.ts, a.Bytes, w.limits, w.before, w.timestamp.begun
	if !w.tsOK {
		before = nil // a client does not get so far
	}
	w.job(s, t.need, func() func(w *Walk, s *Step) {
		md, v := verifySnapshot(root, ts, data, limits)
		if v.problem == nil && before != nil {
			v.before = before.snapshot(root, ts, md, data, begun)
			v.problem = v.before.problem
		}
		x := excerptOf(data, signaturesOf(md))
		return func(w *Walk, s *Step) {
			w.snapshot.shown = w.show(w.snapshot.shown, x, false)
			w.snapshotJudged(s, data, md, v)
		}
	})
}

func (w *Walk) snapshotJudged(s *Step, data []byte, md *metadata.Metadata[metadata.SnapshotType], v topVerdict) {
	t := &w.snapshot
	w.takeBack(s, t)
	t.waiting = false
	w.lower = w.lower || v.before.lower
	w.forgot = cmp.Or(w.forgot, v.before.forgot)
	r := w.role(t.role)
	r.Version, r.Expires, r.Expired, r.Soon = 0, time.Time{}, false, false
	if md != nil {
		r.Version, r.Expires = md.Signed.Version, md.Signed.Expires
		w.expiry(s, t, &v, md.Signed.UnrecognizedFields)
	}
	w.checkSize(s, t, "snapshot", t.role, int64(len(data)), w.needs[t.need].Length, w.limits.SnapMax)
	w.snOK = w.topJudged(s, t, data, v, belowTimestamp)
	if md == nil {
		w.sn = nil
		w.skipTargets(s, "the snapshot cannot be read")
		return
	}
	digest := sha256.Sum256(data)
	other := w.sn == nil || t.digest != digest
	t.digest, w.sn, w.listedNames = digest, md, nil
	w.remark(s, t, w.judgeValidity(w.role(t.role), w.periods("snapshot", md.Signed.UnrecognizedFields)), t.role)
	w.wantTargets(s)
	if other {
		w.compareFiles(s)
	}
}

// skipBelow says that nothing below the roots is looked at.
func (w *Walk) skipBelow(s *Step, why string) {
	w.tsOK, w.ts = false, nil
	w.skipTop(s, &w.timestamp, "timestamp", why)
	w.skipBelowTimestamp(s, why)
}

func (w *Walk) skipBelowTimestamp(s *Step, why string) {
	w.snOK, w.sn = false, nil
	w.skipTop(s, &w.snapshot, "snapshot", why)
	w.skipTargets(s, why)
}

func (w *Walk) skipTop(s *Step, t *topFile, name, why string) {
	if !t.hasRole {
		t.role, t.hasRole = w.newRole(Role{Name: name, Parent: "root", ParentID: w.roots.role, Current: true}), true
	}
	w.takeBack(s, t)
	t.waiting = false
	if t.asked {
		w.needs[t.need].gen++ // what is being verified is about a state that is gone
	}
	r := w.role(t.role)
	r.State, r.Problem = Skipped, "not looked at: "+why
}

// skipTargets says that targets is not looked at. What was seen of it and below it
// before stays, and none of it is accepted.
func (w *Walk) skipTargets(s *Step, why string) {
	f := w.targets
	if f == nil {
		f = w.newTargets()
	}
	if f.asked {
		w.resettle(s, false)
		return
	}
	r := w.role(f.in[0].role)
	r.State, r.Problem = Skipped, "not looked at: "+why
	s.Reach = true
}
