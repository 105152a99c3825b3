package trust

import (
	"crypto/sha256"
	"maps"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

const (
	// keepFile is the largest role file whose bytes are kept, and keepFiles the most
	// bytes of all of them, so that a second delegator that turns up later can be
	// asked about them without another fetch.
	keepFile  = 1 << 20
	keepFiles = 64 << 20
)

// file is the file of targets or of a delegated role. It is fetched once and
// verified once for every delegation that leads to it.
type file struct {
	name     string // raw
	need     NeedID
	asked    bool
	version  int64               // in its name
	meta     *metadata.MetaFiles // as the snapshot listed it when it was asked for
	depth    int                 // delegations above it, the fewest
	in       []*edge
	out      map[string]*edge // by the child's raw name
	waiting  bool             // its bytes are awaited, or being verified
	late     int              // one more than the need's generation whose late edges are being verified
	absent   string           // why there is no file, or ""
	lack     RoleState        // likewise: Absent or Unfetched
	size     int64
	data     []byte   // if it is small
	shown    *excerpt // what is kept of it to be shown, unless data are
	digest   [sha256.Size]byte
	judged   bool
	told     bool // its need has a verdict
	accepted bool // on at least one edge, along the whole chain
	content  *content
}

// edge is a delegation: one role as one delegator sees it.
type edge struct {
	parent *file // nil: the root
	child  *file
	role   RoleID
	grant  *metadata.Delegations // this delegation alone, with all keys; nil for the root's
	duty   duty
	gone   bool // its delegator, delivered again, no longer has it
	judged bool
	ok     bool      // go-tuf accepts the child under this delegator
	state  RoleState // if not: Refused or Expired
	why    string    // why not
	// problem is the finding that says so, and idle that it was said of an edge over
	// which no client comes to the child.
	problem *finding.Finding
	idle    bool
	// turnout is who signed, if it does.
	turnout turnout
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
	w.fetching(f.in[0].role)
	w.want(s, f)
}

// want asks for a role's file as the snapshot lists it, first or once more.
func (w *Walk) want(s *Step, f *file) {
	w.changed = true
	f.meta = nil
	if w.sn != nil {
		f.meta = w.sn.Signed.Meta[f.name+".json"]
	}
	if f.meta == nil {
		w.unlisted(s, f)
		return
	}
	f.waiting = true
	version := w.inName(f.meta.Version)
	if f.asked && f.version == version {
		w.needs[f.need].Length = listed(f.meta.Length)
		w.askAgain(s, f.need)
		return
	}
	if f.asked {
		w.outdate(s, f.need)
	}
	f.asked, f.version, f.told, f.late = true, version, false, 0
	n := Need{Role: f.in[0].role, Name: f.name, Version: version, Length: listed(f.meta.Length), Limit: w.limits.File}
	f.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) { w.takeFile(s, f, a) })
}

// compareFiles asks again for the files that another snapshot lists otherwise.
func (w *Walk) compareFiles(s *Step) {
	for _, f := range w.byNeed() {
		if f == w.targets {
			continue
		}
		if !sameMeta(f.meta, w.sn.Signed.Meta[f.name+".json"]) {
			w.want(s, f)
		}
	}
	for _, f := range w.byNeed() {
		if f.content != nil && f.content.succinct() {
			w.delegate(s, f, false)
		}
	}
}

// byNeed gives all files in an order that does not depend on the map.
func (w *Walk) byNeed() []*file {
	return slices.SortedFunc(maps.Values(w.files), func(a, b *file) int { return int(a.in[0].role) - int(b.in[0].role) })
}

func sameMeta(a, b *metadata.MetaFiles) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Version == b.Version && a.Length == b.Length && a.Hashes.Equal(b.Hashes)
}

// unlisted is a role that the snapshot does not list.
func (w *Walk) unlisted(s *Step, f *file) {
	if f.asked {
		w.outdate(s, f.need)
		f.asked = false
	}
	f.waiting, f.judged, f.content = false, true, nil
	f.absent, f.lack = "not listed in the snapshot", Absent
	w.keep(f, nil, nil)
	for _, e := range f.in {
		w.edgeUnlisted(s, e)
	}
	w.gone(s, f)
}

func (w *Walk) edgeUnlisted(s *Step, e *edge) {
	w.takeBackEdge(s, e)
	w.edgeAbsent(e)
	how := "does not list it"
	if w.sn != nil {
		if _, null := w.sn.Signed.Meta[e.child.name+".json"]; null {
			how = "lists it as null, on which go-tuf crashes"
		}
	}
	f := finding.New(finding.NotInSnapshot, safe.Text(e.child.name), "the snapshot %s, and %s delegates to it", how, w.parentName(e))
	w.say(s, e, f, e.role)
}

func (w *Walk) edgeAbsent(e *edge) {
	w.graph.touch()
	e.judged, e.ok, e.why = true, false, e.child.absent
	r := w.role(e.role)
	r.State, r.Problem = e.child.lack, e.child.absent
}

func (w *Walk) parentName(e *edge) string {
	if e.parent == nil {
		return "root"
	}
	return safe.Text(e.parent.name)
}

func (w *Walk) takeFile(s *Step, f *file, a Answer) {
	w.takeBack(s, f)
	f.lack = 0
	if a.Bytes == nil {
		f.waiting, f.judged, f.told, f.content = false, true, true, nil
		f.absent, f.lack = reasonText(a), a.lack()
		w.changed = true
		w.takeBack(s, delegationsOf{f})
		w.takeBack(s, siblingsOf{f})
		w.keep(f, nil, nil)
		for _, e := range f.in {
			w.takeBackEdge(s, e)
			w.edgeAbsent(e)
		}
		w.verdict(s, f.need, false, nil, "")
		w.gone(s, f)
		return
	}
	if w.sn == nil { // it was asked for before the snapshot was delivered again
		f.waiting, f.told = false, true
		w.verdict(s, f.need, false, untrusted(safe.Text(f.name), w.obstacleTop(belowSnapshot)), "")
		s.Reach = true
		return
	}
	f.absent, f.waiting = "", true
	w.verify(s, f, a.Bytes)
}

// keep holds on to a file's bytes and to what is shown of it, within bounds; nil lets
// go of them.
func (w *Walk) keep(f *file, data []byte, x *excerpt) {
	w.kept -= int64(len(f.data))
	f.data = nil
	if len(data) <= keepFile && w.kept+int64(len(data)) <= keepFiles {
		f.data = tight(data)
		w.kept += int64(len(data))
	}
	f.shown = w.show(f.shown, x, f.data != nil)
}

// tight gives a file's bytes without much room behind them: they may have been read
// into a buffer that grew.
func tight(data []byte) []byte {
	if cap(data)-len(data) > len(data)/8 {
		return slices.Clone(data)
	}
	return data
}
