package engine

import (
	"fmt"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// chunk is the most items that one ItemsFound carries.
const chunk = 1000

// startWalk begins the verification of the metadata, once it is known where it is.
func (r *run) startWalk() {
	r.leaveFirst("not here")
	w, step := trust.New(trust.Config{
		Root: r.cfg.Root, From: r.cfg.FromRoot, At: r.cfg.At, Soon: r.cfg.ExpiresWithin,
		Before: r.cfg.Memory.Before, MetadataOnly: r.cfg.MetadataOnly,
	})
	r.walk = w
	r.take(step)
}

// delivery is an answer on its way to the walk.
type delivery struct {
	item   ItemID
	answer trust.Answer
}

// deliver hands what came of a metadata file to the walk, at the next turn of the
// loop.
func (r *run) deliver(id ItemID, a trust.Answer) { r.inbox = append(r.inbox, delivery{id, a}) }

// drain gives the walk what has come. An answer that it has not asked for yet
// waits with its item.
func (r *run) drain() {
	for len(r.inbox) > 0 {
		d := r.inbox[0]
		r.inbox = r.inbox[1:]
		it := r.item(d.item)
		it.meta.answer = &d.answer
		switch {
		case r.walk == nil && d.item == r.layout.item:
			r.startWalk() // which takes the answer when it wants the file
		case it.bound:
			r.handOver(d.item)
		}
	}
	r.inbox = nil
}

func (r *run) handOver(id ItemID) {
	it := r.item(id)
	a := it.meta.answer
	it.meta.answer = nil
	r.revised = r.revised || it.told
	it.told = true
	r.clientsAsked = false
	r.take(r.walk.Deliver(it.meta.need, *a))
}

// note says a finding of the walk, or takes it back.
func (r *run) note(n trust.Note, withdrawn bool) {
	if k := keyOf(&n.Finding); withdrawn {
		delete(r.notes, k)
	} else {
		r.notes[k] = n.Finding.Severity
	}
	r.hub.publish(FindingRaised{Finding: n.Finding, Role: n.Role, About: n.About, Withdrawn: withdrawn})
}

// take does what a step of the walk asks for and says what it made known.
func (r *run) take(s trust.Step) {
	r.settled = false
	for i, role := range s.Roles {
		r.transport.folder.role(&s.Roles[i])
		r.hub.publish(RoleChanged{role})
	}
	r.chooseAnchor()
	for _, n := range s.Withdrawn {
		r.note(n, true)
	}
	for _, n := range s.Notes {
		r.note(n, false)
	}
	if s.Changes != nil {
		r.hub.publish(Compared{*s.Changes})
	}
	r.want(s.Needs)
	r.jobs = append(r.jobs, s.Jobs...)
	for _, v := range s.Verdicts {
		r.judgeFile(v)
	}
	for _, l := range s.Lists {
		r.list(l)
	}
	for _, n := range s.Refetch {
		r.refetch(r.needs[n])
	}
	for _, n := range s.Outdated {
		r.outdate(r.needs[n])
	}
	if s.Clients != nil {
		r.sayClients(s.Clients)
	}
	r.searches = r.searches || s.Reach
	r.revised = r.revised || len(s.Refetch)+len(s.Outdated) > 0
}

func (r *run) chooseAnchor() {
	a, ok := r.walk.Anchor()
	if !ok || r.anchor.Version == a.Version && r.anchor.SHA256 == a.SHA256 {
		return
	}
	source := r.cfg.RootSource
	switch {
	case a.FirstUse, !a.Since.IsZero():
		source = RootFirstUse
	case a.Remembered:
		source = RootRemembered
	}
	r.anchor = AnchorChosen{Version: a.Version, SHA256: a.SHA256, SHA512: a.SHA512, Source: source, Since: a.Since}
	r.hub.publish(r.anchor)
}

// want queues the metadata files that the walk needs.
func (r *run) want(needs []trust.Need) {
	var found []ItemSpec
	var bound []ItemID
	for _, n := range needs {
		if int(n.ID) != len(r.needs) {
			panic(fmt.Sprintf("engine: need %d out of order, %d expected", n.ID, len(r.needs)))
		}
		if id, ok := r.located(n); ok {
			r.needs = append(r.needs, id)
			r.hub.publish(ItemBound{id, n.Role})
			bound = append(bound, id)
			continue
		}
		id, spec := r.addMetadata(n)
		r.needs = append(r.needs, id)
		found = append(found, spec)
	}
	r.announce(found)
	for _, id := range bound {
		if a := r.item(id).meta.answer; a != nil {
			r.deliver(id, *a)
		}
	}
}

// addMetadata makes an item for a metadata file. The length that a parent lists is
// left to the walk to judge, so that a file of another length is still looked at.
func (r *run) addMetadata(n trust.Need) (ItemID, ItemSpec) {
	name := n.Name + ".json"
	if n.Version > 0 {
		name = fmt.Sprintf("%d.%s", n.Version, name)
	}
	id := ItemID(r.items.Len())
	it := item{
		kind: Metadata, of: id, origin: r.originOf(r.layout.current().metadata, false), bound: true, optional: n.Optional,
		meta: &metaFile{name: name, need: n.ID, limit: n.Limit},
	}
	r.count(&it, Queued, 1)
	r.items.Append(it)
	spec := ItemSpec{ID: id, Kind: Metadata, Of: id, Path: safe.Text(name), Role: n.Role, RoleName: safe.Text(n.Name), Length: n.Length}
	if url, err := r.cfg.Source.Locate(r.file(id)); err != nil {
		r.refuse(id, err)
	} else {
		spec.Site = SiteOf(url)
	}
	return id, spec
}

// announce publishes new items and queues them; those whose name is not safe to
// fetch end at once.
func (r *run) announce(found []ItemSpec) {
	for part := range chunks(found) {
		r.hub.publish(ItemsFound{part})
	}
	for i := range found {
		id := found[i].ID
		it := r.item(id)
		switch {
		case it.unsafe:
			p, _ := r.explain(id, r.unsafe[id])
			r.fail(id, p)
		case r.stopping != nil:
			r.cancelItem(id, r.stopping.problem())
		default:
			r.queue.push(id, it.kind)
		}
	}
}

// chunks cuts new items into parts of at most chunk, never between a target and
// its copies.
func chunks(specs []ItemSpec) func(yield func([]ItemSpec) bool) {
	return func(yield func([]ItemSpec) bool) {
		for len(specs) > 0 {
			n := min(chunk, len(specs))
			for n < len(specs) && n > 1 && specs[n].Kind == Copy {
				n--
			}
			if !yield(specs[:n:n]) {
				return
			}
			specs = specs[n:]
		}
	}
}

// arrived is a metadata file that is complete.
func (r *run) arrived(id ItemID, data []byte) {
	it := r.item(id)
	if it.state != Verifying {
		r.move(id, Verifying, "", nil, 0)
	}
	r.foundLayout(id)
	r.guessFrom(id, data)
	r.deliver(id, trust.Answer{Bytes: data})
}

// judgeFile ends a metadata item by the walk's verdict.
func (r *run) judgeFile(v trust.Verdict) {
	id := r.needs[v.Need]
	if r.item(id).state != Verifying {
		return // it ended by itself: cancelled, or failed to come
	}
	switch {
	case v.Accepted:
		r.item(id).meta.accepted = true
		r.move(id, Verified, v.Note, nil, 0)
	case v.Problem == nil:
		r.move(id, Skipped, v.Note, nil, 0)
	default:
		f := v.Problem
		p := &Problem{Kind: f.ID, Text: f.Message, Hint: f.Hint, Evidence: f.Evidence}
		if f.ID == finding.UntrustedRole || f.ID == finding.RoleUndecided {
			r.move(id, Untrusted, p.Text, p, 0)
			return
		}
		r.move(id, Failed, p.Text, p, 0)
	}
}

// outdate ends an item that nothing asks for any more.
func (r *run) outdate(id ItemID) {
	it := r.item(id)
	it.outdated = true
	r.leave(id, errRetried)
	if it.state.Ended() {
		it.attempt++
		it.granted = true
		r.move(id, Queued, "", nil, 0)
	}
	why := "the role that was delivered again lists it otherwise"
	if it.kind == Metadata {
		why = "nothing asks for it any more"
	}
	r.move(id, Skipped, why, nil, 0)
}

// refuse keeps why an item cannot be fetched at all.
func (r *run) refuse(id ItemID, why error) {
	r.item(id).unsafe = true
	r.unsafe[id] = why
}

// refetch has a metadata file looked at once more, because something above it was
// delivered again.
func (r *run) refetch(id ItemID) {
	it := r.item(id)
	it.outdated = false
	switch {
	case it.unsafe:
		r.deliver(id, trust.Answer{Reason: safe.Error(r.unsafe[id])})
		return
	case it.live != nil, it.state == Queued, it.state == Retrying:
		return // it is on its way
	}
	r.anew(id, "what is above it was looked at again")
}
