package trust

import (
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// level is how far down the chain of top-level roles something hangs.
type level uint8

const (
	belowRoots level = iota
	belowTimestamp
	belowSnapshot
)

// obstacle is the first role above another one at which a client ends. The zero value
// is none.
type obstacle struct {
	name     string // printable
	expired  bool   // it verifies, and its time is over
	unproved bool   // its file could not be fetched: a client may do better
}

func (o obstacle) none() bool { return o.name == "" }

// fate is what became of it, to stand after its name.
func (o obstacle) fate() string {
	switch {
	case o.expired:
		return "has expired"
	case o.unproved:
		return "could not be fetched"
	}
	return "was not accepted"
}

func (o obstacle) String() string { return o.name + " " + o.fate() }

// below says of a role what is above it.
func (o obstacle) below() string { return "below " + o.name + ", which " + o.fate() }

// obstacleTop gives the first role above a level that a client does not accept.
func (w *Walk) obstacleTop(l level) obstacle {
	c := &w.roots
	switch {
	case c.current == nil:
		return obstacle{name: metadata.ROOT}
	case c.broken != "":
		return obstacle{name: c.broken}
	case c.expired:
		return obstacle{name: metadata.ROOT, expired: true}
	case l >= belowTimestamp && !w.tsOK:
		return w.obstacleAt(metadata.TIMESTAMP, w.timestamp.role)
	case l >= belowSnapshot && !w.snOK:
		return w.obstacleAt(metadata.SNAPSHOT, w.snapshot.role)
	}
	return obstacle{}
}

func (w *Walk) obstacleAt(name string, id RoleID) obstacle {
	state := w.roles[id].State
	return obstacle{name: name, expired: state == Expired, unproved: state == Unfetched}
}

// obstacleAbove gives what is not accepted directly above an edge.
func (w *Walk) obstacleAbove(e *edge) obstacle {
	f := e.parent
	switch {
	case f == nil:
		return w.obstacleTop(belowSnapshot)
	case f.accepted:
		return obstacle{}
	}
	return obstacle{name: safe.Text(f.name), expired: w.onlyExpired(f)}
}

// onlyExpired tells whether nothing but the end of its time keeps a role from being
// accepted under the delegators that were asked.
func (w *Walk) onlyExpired(f *file) bool {
	for _, e := range f.in {
		if w.roles[e.role].State != Expired {
			return false
		}
	}
	return len(f.in) > 0
}

// unprovedAbove tells whether what is above an edge was not accepted only because a
// file could not be fetched, there or further up.
func (w *Walk) unprovedAbove(e *edge, seen map[*file]bool) bool {
	f := e.parent
	switch {
	case f == nil:
		return w.obstacleTop(belowSnapshot).unproved
	case f.accepted, seen[f]:
		return false
	case f.content == nil:
		return f.lack == Unfetched
	}
	seen[f] = true
	for _, up := range f.in {
		if !up.gone && up.ok && w.unprovedAbove(up, seen) {
			return true
		}
	}
	return false
}

// undecidedTop names the first role above the targets that is still being looked
// at, or gives "".
func (w *Walk) undecidedTop() string {
	switch {
	case !w.roots.ended:
		return "root"
	case w.timestamp.waiting:
		return "timestamp"
	case w.snapshot.waiting:
		return "snapshot"
	}
	return ""
}

// untrusted is the problem of a file that verifies below something that was not
// accepted. What could not be fetched proves nothing.
func untrusted(subject string, above obstacle) *finding.Finding {
	id := finding.UntrustedRole
	if above.unproved {
		id = finding.RoleUndecided
	}
	f := finding.New(id, subject, "verifies, but %s above it %s", above.name, above.fate())
	return &f
}
