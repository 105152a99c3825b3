package engine

import (
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// place is where a repository's files may be.
type place struct{ metadata, targets string }

// layout knows the places in which a repository may be laid out, and which one is
// being looked at.
type layout struct {
	places []place
	at     int
	known  bool
	item   ItemID // the timestamp.json that is being looked for
	first  ItemID // the one in the first place, while the second is looked at
}

// newLayout derives the places from what was asked for: the metadata is at the
// address itself or in metadata/ below it; targets are below the address, or
// beside it when it is called metadata.
func newLayout(repository, targets string) layout {
	if targets != "" {
		return layout{places: []place{{repository, targets}, {fetch.Below(repository, "metadata"), targets}}}
	}
	if fetch.Last(repository) == "metadata" {
		if beside, ok := fetch.Beside(repository, "targets"); ok {
			return layout{places: []place{{repository, beside}}}
		}
	}
	below := fetch.Below(repository, "targets")
	return layout{places: []place{{repository, below}, {fetch.Below(repository, "metadata"), below}}}
}

func (l *layout) current() place { return l.places[l.at] }

// locate asks for timestamp.json in the place at hand: every repository has one
// under this name, so it tells where the metadata is.
func (r *run) locate() {
	n := trust.Need{Name: "timestamp", Length: -1, Limit: trust.DefaultLimits().File}
	id, spec := r.addMetadata(n)
	r.item(id).bound = false
	r.layout.item = id
	r.announce(append([]ItemSpec{spec}, r.rootAhead()...))
}

// moveOn looks in the next place when timestamp.json is not in this one. The item
// of the first place waits meanwhile: if the file is nowhere, it is missing there,
// where the user said.
func (r *run) moveOn(id ItemID, p *Problem) bool {
	l := &r.layout
	if l.known || r.walk != nil || id != l.item || p.Kind != finding.Missing || l.at+1 == len(l.places) && l.at == 0 {
		return false
	}
	r.leaveAhead("the metadata is not here")
	if l.at+1 < len(l.places) {
		l.at++
		l.first = id
		if r.item(id).state != Verifying {
			r.move(id, Verifying, "not here; looked for in "+r.describe(l.current().metadata), nil, 0)
		}
		r.locate()
		return true
	}
	l.places = l.places[:1] // a retry looks in the first place only
	l.at, l.item = 0, l.first
	r.move(id, Skipped, "not here either", nil, 0)
	if first := r.item(l.first); first.meta.answer != nil { // cancelled meanwhile
		r.deliver(l.first, *first.meta.answer)
		return true
	}
	r.fail(l.first, p)
	return true
}

// nowhere tells whether a file that is missing is the timestamp.json by which the
// repository is known. Without it nothing says that the address is that of a repository.
func (r *run) nowhere(id ItemID, p *Problem) bool {
	l := &r.layout
	return !l.known && id == l.item && p.Kind == finding.Missing
}

// noTargetFound says so when every target file is missing, which one wrong address does
// more often than so many mistakes. A single file says nothing of its address.
func (r *run) noTargetFound() []finding.Finding {
	if !r.layout.known || r.stopping != nil {
		return nil
	}
	files := 0
	for i := range r.items.Len() {
		it := r.items.At(i)
		switch {
		case it.kind == Metadata || it.outdated || it.state == Skipped:
		case it.state != Failed || it.problem != finding.Missing:
			return nil
		case it.kind == Target:
			files++
		}
	}
	if files < 2 {
		return nil
	}
	at := r.describe(r.layout.current().targets)
	return []finding.Finding{finding.New(finding.NoTargetFound, "repository", "none of %s is there; they were looked for below %s", counted(files, "target file"), at)}
}

// foundLayout says where the repository is, once a timestamp.json has come.
func (r *run) foundLayout(id ItemID) {
	if r.layout.known || id != r.layout.item {
		return
	}
	l := &r.layout
	l.known = true
	at := l.current()
	r.leaveFirst("not here; it is in " + r.describe(at.metadata))
	r.hub.publish(LayoutFound{r.describe(at.metadata), r.describe(at.targets)})
	r.transport.bases(at, r.cfg.MetadataOnly)
}

// leaveFirst ends the item of the first place when the second one is settled on.
func (r *run) leaveFirst(reason string) {
	if l := &r.layout; l.item != l.first && r.item(l.first).state == Verifying {
		r.move(l.first, Skipped, reason, nil, 0)
	}
}

// located gives the item of a file that was fetched before the walk asks for it, as it
// does now: of the timestamp.json that told the layout, or of one that was asked for
// ahead.
func (r *run) located(n trust.Need) (ItemID, bool) {
	id := r.layout.item
	if n.Name != "timestamp" {
		var ok bool
		if id, ok = r.takeAhead(n); !ok {
			return 0, false
		}
	}
	it := r.item(id)
	if it.bound {
		return 0, false
	}
	it.bound, it.optional, it.meta.need = true, n.Optional, n.ID
	return id, true
}
