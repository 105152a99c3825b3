package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// keepFile is the largest role file whose bytes are kept, so that a second
// delegator that turns up later can be asked about them without another fetch.
const keepFile = 1 << 20

// file is the file of targets or of a delegated role. It is fetched once and
// verified once for every delegation that leads to it.
type file struct {
	name     string // raw
	need     NeedID
	asked    bool
	version  int64 // in its name
	depth    int   // delegations above it, the fewest
	in       []*edge
	waiting  bool // its bytes are awaited, or being verified
	absent   string
	data     []byte // if it is small
	digest   [sha256.Size]byte
	judged   bool
	accepted bool // on at least one edge, along the whole chain
	content  *content
}

// content is what a file says, in a form that is small and not changed any more.
type content struct {
	version int64
	expires time.Time
	fields  map[string]any
	targets []Target
	index   map[string]int32
	// delegator holds the delegations alone: what go-tuf needs to verify what the
	// role delegates to.
	delegator *metadata.Metadata[metadata.TargetsType]
	out       *outEdges // set by the owner
}

// edge is a delegation: one role as one delegator sees it.
type edge struct {
	parent *file // nil: the root
	child  *file
	role   RoleID
	judged bool
	ok     bool   // go-tuf accepts the child under this delegator
	why    string // why not
}

// newTargets makes the file of the top-level targets role with its edge.
func (w *Walk) newTargets() *file {
	f := &file{name: metadata.TARGETS}
	w.files[f.name] = f
	w.targets = f
	e := &edge{child: f}
	e.role = w.newRole(Role{Name: f.name, Parent: "root", ParentID: w.roots.role, Current: true})
	f.in = []*edge{e}
	return f
}

// wantTargets asks for the targets role (5.6), first or once more.
func (w *Walk) wantTargets(s *Step) {
	f := w.targets
	if f == nil {
		f = w.newTargets()
	}
	r := w.role(f.in[0].role)
	r.State, r.Problem, r.ParentID = Fetching, "", w.roots.role
	w.want(s, f)
}

// want asks for a role's file as the snapshot lists it.
func (w *Walk) want(s *Step, f *file) {
	meta, ok := w.sn.Signed.Meta[f.name+".json"]
	if !ok || meta == nil {
		f.waiting, f.judged, f.accepted = false, true, false
		for _, e := range f.in {
			w.unlisted(s, e)
		}
		s.Reach = true
		return
	}
	f.waiting = true
	version := w.inName(meta.Version)
	if f.asked && f.version == version {
		w.askAgain(s, f.need)
		return
	}
	if f.asked {
		s.Outdated = append(s.Outdated, f.need)
	}
	f.asked, f.version = true, version
	n := Need{Role: f.in[0].role, Name: f.name, Version: version, Length: listed(meta.Length), Limit: w.limits.File}
	f.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) { w.takeFile(s, f, a) })
}

// unlisted is a delegation to a role that the snapshot does not list.
func (w *Walk) unlisted(s *Step, e *edge) {
	e.judged, e.ok, e.why = true, false, "it is not listed in the snapshot"
	r := w.role(e.role)
	r.State, r.Problem = Absent, "not listed in the snapshot"
	w.note(s, finding.New(finding.NotInSnapshot, safe.Text(e.child.name), "%s delegates to it, and the snapshot does not list it", w.parentName(e)), e.role)
}

func (w *Walk) parentName(e *edge) string {
	if e.parent == nil {
		return "root"
	}
	return safe.Text(e.parent.name)
}

func (w *Walk) takeFile(s *Step, f *file, a Answer) {
	if a.Bytes == nil {
		f.waiting, f.judged, f.accepted, f.content = false, true, false, nil
		f.absent = reasonText(a)
		for _, e := range f.in {
			w.edgeAbsent(e)
		}
		w.verdict(s, f.need, false, nil, "")
		s.Reach = true
		return
	}
	f.absent = ""
	f.waiting = true
	w.verify(s, f, a.Bytes)
}

func (w *Walk) edgeAbsent(e *edge) {
	e.judged, e.ok, e.why = true, false, e.child.absent
	r := w.role(e.role)
	r.State, r.Problem = Absent, e.child.absent
}

// verify has go-tuf judge a file on all its edges.
func (w *Walk) verify(s *Step, f *file, data []byte) {
	edges := slices.Clone(f.in)
	asks := make([]edgeAsk, len(edges))
	for i, e := range edges {
		asks[i] = w.askOf(e)
	}
	root, sn, name, limit := w.roots.current, w.sn, f.name, w.limits.Signers
	w.job(s, f.need, func() func(w *Walk, s *Step) {
		c, verdicts := verifyFile(root, sn, name, asks, data, limit)
		digest := sha256.Sum256(data)
		return func(w *Walk, s *Step) { w.fileJudged(s, f, edges, data, digest, c, verdicts) }
	})
}

// edgeAsk is what the verification of one edge needs.
type edgeAsk struct {
	delegator string // raw
	md        *metadata.Metadata[metadata.TargetsType]
	duty      duty
}

func (w *Walk) askOf(e *edge) edgeAsk {
	if e.parent == nil {
		return edgeAsk{delegator: metadata.ROOT, duty: rootDuty(w.roots.current, e.child.name)}
	}
	md := e.parent.content.delegator
	return edgeAsk{e.parent.name, md, delegatedDuty(md.Signed.Delegations, e.child.name)}
}

// edgeVerdict is what go-tuf says of a file under one delegator.
type edgeVerdict struct {
	problem   *finding.Finding
	signers   []Signer
	threshold int
}

// verifyFile parses a role's file and has go-tuf verify it under each delegator
// (5.6.2 to 5.6.4), whatever became of the roles above. It is expensive.
func verifyFile(root *metadata.Metadata[metadata.RootType], sn *metadata.Metadata[metadata.SnapshotType], name string, asks []edgeAsk, data []byte, limit int) (*content, []edgeVerdict) {
	subject := safe.Text(name)
	verdicts := make([]edgeVerdict, len(asks))
	var md *metadata.Metadata[metadata.TargetsType]
	// The timestamp is made up to name this very snapshot: whether the real one
	// does was asked when the snapshot was verified.
	ts := metadata.Timestamp()
	ts.Signed.Meta = map[string]*metadata.MetaFiles{"snapshot.json": {Version: sn.Signed.Version}}
	for i, a := range asks {
		v := &verdicts[i]
		v.threshold = a.duty.threshold
		tm := trustedmetadata.TrustedMetadata{Root: root, Timestamp: ts, Snapshot: sn, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
		if a.md != nil {
			tm.Targets[a.delegator] = a.md
		}
		var accepted *metadata.Metadata[metadata.TargetsType]
		err := guard(func() (err error) {
			accepted, err = tm.UpdateDelegatedTargets(data, name, a.delegator)
			return
		})
		if md == nil {
			md = accepted
		}
		if md == nil {
			if perr := guard(func() (err error) { md, err = metadata.Targets().FromBytes(data); return }); perr != nil {
				f := unparsable(subject, perr)
				for k := range verdicts {
					verdicts[k] = edgeVerdict{problem: &f, threshold: asks[k].duty.threshold}
				}
				return nil, verdicts
			}
		}
		var unreadable string
		v.signers, unreadable = signed(a.duty, name, md, err == nil, limit)
		if err != nil {
			f := counted(refusal(subject, err, unreadable), tally(v.signers, v.threshold)).With("delegator", safe.Text(a.delegator))
			v.problem = &f
		}
	}
	c, err := compact(md)
	if err != nil {
		f := unparsable(subject, err)
		for k := range verdicts {
			verdicts[k].problem = &f
		}
		return nil, verdicts
	}
	return c, verdicts
}

// compact keeps of a role what the walk needs.
func compact(md *metadata.Metadata[metadata.TargetsType]) (*content, error) {
	c := &content{version: md.Signed.Version, expires: md.Signed.Expires, fields: md.Signed.UnrecognizedFields}
	c.targets = make([]Target, 0, len(md.Signed.Targets))
	c.index = make(map[string]int32, len(md.Signed.Targets))
	for _, path := range slices.Sorted(maps.Keys(md.Signed.Targets)) {
		t := md.Signed.Targets[path]
		if t == nil || t.Length < 0 {
			return nil, fmt.Errorf("target %q has no sensible length", path)
		}
		hashes := make([]Hash, 0, len(t.Hashes))
		for alg, sum := range t.Hashes {
			hashes = append(hashes, Hash{alg, sum})
		}
		slices.SortFunc(hashes, func(a, b Hash) int { return strings.Compare(a.Algorithm, b.Algorithm) })
		c.index[path] = int32(len(c.targets))
		c.targets = append(c.targets, Target{Path: path, Length: t.Length, Hashes: hashes})
	}
	c.delegator = &metadata.Metadata[metadata.TargetsType]{Signed: metadata.TargetsType{Type: metadata.TARGETS, Delegations: md.Signed.Delegations}}
	return c, nil
}

// fileJudged takes what verification found.
func (w *Walk) fileJudged(s *Step, f *file, edges []*edge, data []byte, digest [sha256.Size]byte, c *content, verdicts []edgeVerdict) {
	first, before, same := !f.judged, f.accepted, f.judged && f.digest == digest && f.content != nil
	if same && c != nil {
		c.out = f.content.out // nothing in it has changed; its edges stay
	}
	f.judged, f.waiting, f.digest, f.content = true, false, digest, c
	f.data = nil
	if len(data) <= keepFile {
		f.data = data
	}
	f.accepted = false
	var worst *finding.Finding
	for i, e := range edges {
		if !slices.Contains(f.in, e) {
			continue
		}
		if p := w.edgeJudged(s, e, data, digest, verdicts[i]); p == nil {
			f.accepted = true
		} else if worst == nil {
			worst = p
		}
	}
	w.checkSize(s, safe.Text(f.name), f.in[0].role, int64(len(data)), w.needs[f.need].Length, w.limits.TargsMax)
	w.verdict(s, f.need, f.accepted, worst, "")
	if f.accepted {
		s.Verdicts[len(s.Verdicts)-1].Problem = nil
	}
	s.Reach = true
	if c == nil {
		return
	}
	if !same {
		s.Lists = append(s.Lists, TargetList{Role: f.in[0].role, Name: f.name, Targets: c.targets})
	}
	w.late(s, f, edges)
	switch {
	case !same:
		w.delegate(s, f)
	case !first && before != f.accepted:
		w.askChildren(s, f)
	}
}

// edgeJudged fills in the role of one edge. It gives why the edge is not accepted
// along the whole chain, or nil.
func (w *Walk) edgeJudged(s *Step, e *edge, data []byte, digest [sha256.Size]byte, v edgeVerdict) *finding.Finding {
	r := w.role(e.role)
	r.Size, r.SHA256 = int64(len(data)), hex.EncodeToString(digest[:])
	r.Signers, r.Threshold = v.signers, v.threshold
	e.judged, e.ok, e.why = true, v.problem == nil, ""
	if c := e.child.content; c != nil {
		r.Version, r.Expires, r.Targets = c.version, c.expires, len(c.targets)
		if f, ok := w.judgeExpiry(r, c.fields); ok {
			w.note(s, f, e.role)
		}
	}
	if v.problem != nil {
		e.why = v.problem.Message
		r.State, r.Problem = Refused, v.problem.Message
		w.note(s, *v.problem, e.role)
		return v.problem
	}
	for _, f := range bystanders(r.Name, v.signers) {
		w.note(s, f, e.role)
	}
	if above := w.refusedAbove(e); above != "" {
		r.State, r.Problem = Refused, "below "+above+", which was not accepted"
		return untrusted(r.Name, above)
	}
	r.State, r.Problem = Accepted, ""
	return nil
}

// refusedAbove names what above an edge is not accepted, or "".
func (w *Walk) refusedAbove(e *edge) string {
	if e.parent == nil {
		return w.refusedTop(belowSnapshot)
	}
	if e.parent.accepted {
		return ""
	}
	return safe.Text(e.parent.name)
}

// late verifies edges that were found while the file was being verified.
func (w *Walk) late(s *Step, f *file, done []*edge) {
	for _, e := range f.in {
		if !slices.Contains(done, e) {
			w.reverify(s, f)
			return
		}
	}
}

// reverify judges a file once more on all its edges.
func (w *Walk) reverify(s *Step, f *file) {
	switch {
	case f.data != nil && !f.needPending(w):
		f.waiting = true
		w.needs[f.need].gen++
		w.verify(s, f, f.data)
	default:
		f.waiting = true
		w.askAgain(s, f.need)
	}
}

func (f *file) needPending(w *Walk) bool { return w.needs[f.need].pending }
