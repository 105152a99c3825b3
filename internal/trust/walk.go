package trust

import (
	"maps"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// Walk is a repository being walked. See the package comment.
type Walk struct {
	cfg    Config
	limits Limits
	roles  []Role // by RoleID
	dirty  map[RoleID]bool
	needs  []need // by NeedID
	open   int    // needs without an answer
	jobs   int    // jobs whose result has not been applied

	roots rootChain
	// Top-level files; each is judged once what is above it has been.
	timestamp, snapshot topFile
	targets             *file
	ts                  *metadata.Metadata[metadata.TimestampType] // parsed, accepted or not
	sn                  *metadata.Metadata[metadata.SnapshotType]
	tsOK, snOK          bool // accepted along the whole chain

	files map[string]*file // delegated roles by raw name, and "targets"
	edges int
	kept  int64 // bytes of role files that are kept
	shown int64 // of them, those that are only kept to be shown
	cut   bool  // a limit left something out
	// settledTop is what above the targets was not accepted when all roles were last
	// settled, and listedNames the snapshot's names, sorted, if they were needed.
	settledTop  obstacle
	listedNames []string
	changed     bool // what is delegated has changed since undelegated roles were reported
	graph       graphReport

	epoch  int      // counts what was delivered
	before *recall  // nil if nothing is remembered
	forgot string   // why that does not count for timestamp and snapshot (5.3.11), or ""
	lower  bool     // something is lower than before where no client looks
	again  bool     // a timestamp that is older than before was asked for once more
	told   *Changes // what was said to have changed

	said  map[topic][]Note // what was said and still holds
	times map[noteKey]int  // how often each was said
}

// need is a Need with what the walk does with its answer.
type need struct {
	Need
	take    func(w *Walk, s *Step, a Answer)
	pending bool // no answer yet
	gone    bool // nothing depends on it any more
	gen     int  // results of jobs for an earlier one are stale
}

// New starts a walk. It never fails: an unusable trusted root is a finding and
// ends the walk.
func New(cfg Config) (*Walk, Step) {
	if cfg.Limits == (Limits{}) {
		cfg.Limits = DefaultLimits()
	}
	w := &Walk{
		cfg: cfg, limits: cfg.Limits, dirty: map[RoleID]bool{},
		files: map[string]*file{}, said: map[topic][]Note{}, times: map[noteKey]int{},
	}
	var s Step
	w.startMemory(&s)
	w.startRoots(&s)
	w.flush(&s)
	return w, s
}

// Deliver hands over what came of a need. A need may be delivered again after it
// failed or was refused; what hangs on it is judged anew.
func (w *Walk) Deliver(id NeedID, a Answer) Step {
	var s Step
	if int(id) >= len(w.needs) {
		return s
	}
	w.epoch++
	w.takeBack(&s, aboutClients)
	n := &w.needs[id]
	if n.pending {
		n.pending = false
		w.open--
	}
	n.gen++
	if n.gone {
		w.verdict(&s, id, false, nil, "not needed any more: what is above it names another file")
	} else {
		n.take(w, &s, a)
	}
	w.flush(&s)
	return s
}

// Apply takes the result of a job.
func (w *Walk) Apply(r Result) Step {
	var s Step
	if r.apply != nil {
		r.apply(w, &s)
	}
	w.flush(&s)
	return s
}

// Consistent tells whether the current root asks for consistent snapshots:
// version and hash prefixes in file names. False before there is a root.
func (w *Walk) Consistent() bool {
	return w.roots.current != nil && w.roots.current.Signed.ConsistentSnapshot
}

// Done tells whether nothing is outstanding: no need unanswered, no job unapplied.
func (w *Walk) Done() bool { return w.open == 0 && w.jobs == 0 }

// Anchor gives the root that the walk stands on, once there is one.
func (w *Walk) Anchor() (Anchor, bool) { return w.roots.anchor, w.roots.anchor.Version > 0 }

// ask makes a need. take is called with every answer, on the owner's goroutine.
func (w *Walk) ask(s *Step, n Need, take func(w *Walk, s *Step, a Answer)) NeedID {
	n.ID = NeedID(len(w.needs))
	w.needs = append(w.needs, need{Need: n, take: take, pending: true})
	w.open++
	s.Needs = append(s.Needs, n)
	return n.ID
}

// askAgain has a file fetched once more. Verification of it that is under way is
// about what no longer holds, and is dropped.
func (w *Walk) askAgain(s *Step, id NeedID) {
	n := &w.needs[id]
	n.gen++
	n.gone = false
	if n.pending {
		return
	}
	n.pending = true
	w.open++
	s.Refetch = append(s.Refetch, id)
}

// outdate says that a file plays no part any more. No answer is waited for.
func (w *Walk) outdate(s *Step, id NeedID) {
	n := &w.needs[id]
	n.gen++
	n.gone = true
	if n.pending {
		n.pending = false
		w.open--
	}
	s.Outdated = append(s.Outdated, id)
}

// job has f run on another goroutine, and what it returns on the owner's; the
// latter is dropped if the need was delivered again meanwhile.
func (w *Walk) job(s *Step, id NeedID, f func() func(w *Walk, s *Step)) {
	w.jobs++
	gen := w.needs[id].gen
	s.Jobs = append(s.Jobs, Job{Need: id, Run: func() Result {
		then := f()
		return Result{apply: func(w *Walk, s *Step) {
			w.jobs--
			if w.needs[id].gen == gen {
				then(w, s)
			}
		}}
	}})
}

// LostJob says that a job will have no result: it crashed, or never ended. Its
// need should be delivered again, without bytes.
func (w *Walk) LostJob() { w.jobs-- }

// newRole makes a role; it is in the step from now on.
func (w *Walk) newRole(r Role) RoleID {
	r.ID = RoleID(len(w.roles))
	r.Name = safe.Text(r.Name)
	w.roles = append(w.roles, r)
	w.dirty[r.ID] = true
	return r.ID
}

// role gives a role to be changed.
func (w *Walk) role(id RoleID) *Role {
	w.dirty[id] = true
	return &w.roles[id]
}

// fewDirty is how many roles change in a step, when not all of them do.
const fewDirty = 64

// flush puts the changed roles into the step, and what can only be said at the end.
func (w *Walk) flush(s *Step) {
	if w.Done() {
		w.reportSiblings(s)
		w.reportGraph(s)
		w.reportUndelegated(s)
		w.reportChanges(s)
	}
	for _, id := range slices.Sorted(maps.Keys(w.dirty)) {
		s.Roles = append(s.Roles, w.roles[id])
	}
	// To go through a map takes as long as it ever was large.
	if len(w.dirty) > fewDirty {
		w.dirty = map[RoleID]bool{}
	}
	clear(w.dirty)
}

// verdict ends a need.
func (w *Walk) verdict(s *Step, id NeedID, accepted bool, problem *finding.Finding, note string) {
	s.Verdicts = append(s.Verdicts, Verdict{Need: id, Accepted: accepted, Problem: problem, Note: note})
}
