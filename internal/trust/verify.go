package trust

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/lint"
	"example.com/tufinspect/internal/safe"
)

// content is what a file says, in a form that is small and not changed any more.
type content struct {
	version     int64
	expires     time.Time
	fields      map[string]any
	targets     []Target // by path
	delegations *metadata.Delegations
	changes     TargetChanges // since the remembered run
	out         *outEdges     // set by the owner
	remarks     []finding.Finding
}

// succinct tells whether the role delegates to bins by TAP 15. A list of roles,
// even an empty one, comes before.
func (c *content) succinct() bool {
	return c.delegations != nil && c.delegations.Roles == nil && c.delegations.SuccinctRoles != nil
}

// verify has go-tuf judge a file on all its edges.
func (w *Walk) verify(s *Step, f *file, data []byte) {
	edges := slices.Clone(f.in)
	j := w.fileJob(f, edges, data)
	compare := w.comparer(f.name)
	w.job(s, f.need, func() func(w *Walk, s *Step) {
		p, verdicts := j.run()
		c, problem := j.compact(p)
		if problem != nil {
			for i := range verdicts {
				verdicts[i].problem = problem
			}
		}
		if c != nil && compare != nil {
			c.changes = compare(c.targets)
		}
		digest, x := sha256.Sum256(data), p.excerpt(data)
		return func(w *Walk, s *Step) { w.fileJudged(s, f, edges, data, digest, x, c, verdicts) }
	})
}

// verifyLate has go-tuf judge a file on the edges that turned up after it was
// judged.
func (w *Walk) verifyLate(s *Step, f *file) {
	if f.waiting || f.late == w.needs[f.need].gen+1 {
		return // when that is done
	}
	var edges []*edge
	for _, e := range f.in {
		if !e.judged {
			edges = append(edges, e)
		}
	}
	switch {
	case len(edges) == 0:
		return
	case f.data == nil:
		f.waiting = true
		w.askAgain(s, f.need)
		return
	}
	data := f.data
	j := w.fileJob(f, edges, data)
	w.jobs++
	gen, need := w.needs[f.need].gen, f.need
	f.late = gen + 1
	s.Jobs = append(s.Jobs, Job{Need: need, Run: func() Result {
		_, verdicts := j.run()
		return Result{apply: func(w *Walk, s *Step) {
			w.jobs--
			if f.need == need && w.needs[need].gen == gen {
				f.late = 0
				w.lateJudged(s, f, edges, verdicts)
			}
		}}
	}})
}

// fileJob is what the verification of a file needs; nothing in it changes.
type fileJob struct {
	root   *metadata.Metadata[metadata.RootType]
	sn     *metadata.Metadata[metadata.SnapshotType]
	name   string
	asks   []edgeAsk
	data   []byte
	limits Limits
}

// edgeAsk is one edge in it.
type edgeAsk struct {
	delegator string // raw
	grant     *metadata.Delegations
	duty      duty
}

// by names the delegator in a message.
func (a edgeAsk) by() string {
	if a.grant == nil {
		return "the root"
	}
	return safe.Text(a.delegator)
}

func (w *Walk) fileJob(f *file, edges []*edge, data []byte) fileJob {
	asks := make([]edgeAsk, len(edges))
	for i, e := range edges {
		if e.parent == nil {
			asks[i] = edgeAsk{delegator: metadata.ROOT, duty: rootDuty(w.roots.current, f.name)}
			continue
		}
		asks[i] = edgeAsk{e.parent.name, e.grant, e.duty}
	}
	return fileJob{w.roots.current, w.sn, f.name, asks, data, w.limits}
}

// edgeVerdict is what go-tuf says of a file under one delegator.
type edgeVerdict struct {
	problem   *finding.Finding
	signers   []Signer
	threshold int
	turnout   turnout // if it is accepted
}

// parsed is a role's file that could be read.
type parsed struct {
	md    *metadata.Metadata[metadata.TargetsType] // without targets if it is plain
	plain *plainFile                               // nil if it is not
	proof *proof
}

// run parses a role's file and has it verified under each delegator (5.6.2 to 5.6.4),
// whatever became of the roles above; nil says that it cannot be parsed. It is
// expensive.
func (j fileJob) run() (*parsed, []edgeVerdict) {
	verdicts := make([]edgeVerdict, len(j.asks))
	var p *parsed
	if !j.limits.slow {
		if plain := readPlain(j.data); plain != nil {
			p = &parsed{plain.md, plain, plain.proof}
		}
	}
	var rec func() *received
	for i, a := range j.asks {
		v := &verdicts[i]
		v.threshold = a.duty.threshold
		err := j.limits.affordable(a.duty, len(j.data))
		if err == nil && (p == nil || p.plain == nil || !j.accepts(p.plain, a)) {
			var accepted *metadata.Metadata[metadata.TargetsType]
			if accepted, err = j.ask(a); err == nil && p == nil {
				p = &parsed{md: accepted, proof: proofOf(accepted)}
			}
		}
		if p == nil {
			var md *metadata.Metadata[metadata.TargetsType]
			if perr := guard(reading, func() (err error) { md, err = metadata.Targets().FromBytes(j.data); return }); perr != nil {
				f := unparsable(safe.Text(j.name), j.data, perr)
				for k := range verdicts {
					verdicts[k] = edgeVerdict{problem: &f, threshold: j.asks[k].duty.threshold}
				}
				return nil, verdicts
			}
			p = &parsed{md: md, proof: proofOf(md)}
		}
		if rec == nil {
			rec = p.receive(j.data)
		}
		j.judge(v, a, p, err, rec)
	}
	return p, verdicts
}

// receive looks at what go-tuf makes of the file. Of a plain one it makes the same.
func (p *parsed) receive(data []byte) func() *received {
	if p.plain != nil {
		return func() *received { return nil }
	}
	return receive(data, p.md)
}

// judge fills in the verdict under one delegator; err is why it is refused, or nil.
func (j fileJob) judge(v *edgeVerdict, a edgeAsk, p *parsed, err error, rec func() *received) {
	var unreadable string
	v.signers, unreadable = signed(a.duty, p.proof, len(j.data), err == nil, j.limits, rec)
	if err == nil {
		v.turnout = attendance(v.signers, a.duty)
		return
	}
	f := refused{
		subject: safe.Text(j.name), err: err, duties: []stated{{a.by(), a.duty}}, unreadable: unreadable, tally: tally(v.signers, v.threshold),
		by: "the snapshot", announced: j.sn.Signed.Meta[j.name+".json"], version: p.md.Signed.Version, data: j.data,
		lists: [][]Signer{v.signers}, receive: rec, limits: j.limits,
	}.finding().With("delegator", safe.Text(a.delegator))
	v.problem = &f
}

// errCalledRoot refuses what a targets role called "root" delegates to: go-tuf
// takes that name for the root itself, and asks for keys there.
var errCalledRoot = errors.New("the role that delegates to it is called root, and clients take that for the root itself")

// ask has go-tuf verify the file under one delegator.
func (j fileJob) ask(a edgeAsk) (md *metadata.Metadata[metadata.TargetsType], err error) {
	// The timestamp is made up to name this very snapshot: whether the real one
	// does was asked when the snapshot was verified.
	ts := &metadata.Metadata[metadata.TimestampType]{Signed: metadata.TimestampType{
		Type: metadata.TIMESTAMP,
		Meta: map[string]*metadata.MetaFiles{"snapshot.json": {Version: j.sn.Signed.Version}},
	}}
	tm := trustedmetadata.TrustedMetadata{Root: j.root, Timestamp: ts, Snapshot: j.sn, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
	if a.grant != nil {
		tm.Targets[a.delegator] = &metadata.Metadata[metadata.TargetsType]{Signed: metadata.TargetsType{Type: metadata.TARGETS, Delegations: a.grant}}
	}
	if a.grant != nil && a.delegator == metadata.ROOT {
		return nil, errCalledRoot
	}
	err = guard("TrustedMetadata.UpdateDelegatedTargets, which verifies it", func() (err error) { md, err = tm.UpdateDelegatedTargets(j.data, j.name, a.delegator); return })
	return md, err
}

// target gives what the role lists under a path, or nil.
func (c *content) target(path string) *Target {
	i, ok := slices.BinarySearchFunc(c.targets, path, func(t Target, path string) int { return strings.Compare(t.Path, path) })
	if !ok {
		return nil
	}
	return &c.targets[i]
}

// compact keeps of a role what the walk needs.
func (j fileJob) compact(p *parsed) (*content, *finding.Finding) {
	if p == nil {
		return nil, nil
	}
	md, data := p.md, j.data
	c := &content{version: md.Signed.Version, expires: md.Signed.Expires, fields: md.Signed.UnrecognizedFields, delegations: md.Signed.Delegations}
	if p.plain != nil {
		c.targets, data = p.plain.targets(), p.plain.rest
	} else {
		listed := md.Signed.Targets
		paths := slices.Sorted(maps.Keys(listed))
		for _, path := range paths {
			if listed[path] == nil {
				f := unparsable(safe.Text(j.name), nil, fmt.Errorf("the target %s has neither length nor hashes", safe.Cut(path, 100)))
				return nil, &f
			}
		}
		c.targets = pack(paths, listed)
	}
	c.remarks = linted(func() []finding.Finding { return lint.Targets(safe.Text(j.name), md, data, c.listed) })
	return c, nil
}

// listed gives what is looked at of the targets.
func (c *content) listed(yield func(lint.Target) bool) {
	var algorithms []string
	for i := range c.targets {
		t := &c.targets[i]
		algorithms = algorithms[:0]
		for _, h := range t.Hashes {
			algorithms = append(algorithms, h.Algorithm)
		}
		if !yield(lint.Target{Path: t.Path, Length: t.Length, Algorithms: algorithms}) {
			return
		}
	}
}
