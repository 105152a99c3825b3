package engine

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// chunk is the most items that one ItemsFound carries.
const chunk = 1000

// startWalk begins the verification of the metadata, once it is known where it is.
func (r *run) startWalk() {
	w, step := trust.New(trust.Config{Root: r.cfg.Root, At: r.cfg.At, Soon: r.cfg.ExpiresWithin})
	r.walk = w
	r.take(step, noNeed)
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
		it := &r.items[d.item]
		it.answer = &d.answer
		switch {
		case r.walk == nil:
			r.startWalk() // which takes the answer when it wants the file
		case it.bound:
			r.handOver(d.item)
		}
	}
	r.inbox = nil
}

func (r *run) handOver(id ItemID) {
	it := &r.items[id]
	a := it.answer
	it.answer = nil
	r.withdraw(it.need)
	r.take(r.walk.Deliver(it.need, *a), it.need)
}

// noNeed stands for what the walk says without having been given a file.
const noNeed = ^trust.NeedID(0)

// withdraw takes back what was said because of a file that is looked at again.
func (r *run) withdraw(n trust.NeedID) {
	for _, f := range r.notes[n] {
		f.Withdrawn = true
		r.hub.publish(f)
	}
	delete(r.notes, n)
}

// take does what a step of the walk asks for and says what it made known. because
// is the need that led to the step.
func (r *run) take(s trust.Step, because trust.NeedID) {
	r.settled = false
	for _, role := range s.Roles {
		r.hub.publish(RoleChanged{role})
	}
	r.chooseAnchor()
	for _, n := range s.Notes {
		f := FindingRaised{Finding: n.Finding, Role: n.Role, About: n.About}
		r.notes[because] = append(r.notes[because], f)
		r.hub.publish(f)
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
	if s.Reach {
		r.rejudge()
		r.reconsider()
	}
}

func (r *run) chooseAnchor() {
	a, ok := r.walk.Anchor()
	if !ok || r.anchor.Version == a.Version && r.anchor.SHA256 == a.SHA256 {
		return
	}
	source := r.cfg.RootSource
	if a.FirstUse {
		source = RootFirstUse
	}
	r.anchor = AnchorChosen{Version: a.Version, SHA256: a.SHA256, SHA512: a.SHA512, Source: source}
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
			bound = append(bound, id)
			continue
		}
		name := n.Name + ".json"
		if n.Version > 0 {
			name = fmt.Sprintf("%d.%s", n.Version, name)
		}
		id, spec := r.addMetadata(name, n)
		r.needs = append(r.needs, id)
		found = append(found, spec)
	}
	r.announce(found)
	for _, id := range bound {
		if a := r.items[id].answer; a != nil {
			r.deliver(id, *a)
		}
	}
}

// addMetadata makes an item for a metadata file. The length that a parent lists is
// left to the walk to judge, so that a file of another length is still looked at.
func (r *run) addMetadata(name string, n trust.Need) (ItemID, ItemSpec) {
	id := ItemID(len(r.items))
	f := fetch.File{Base: r.layout.current().metadata, Name: name, Flat: true}
	r.items = append(r.items, item{
		kind: Metadata, of: id, file: f, length: -1, limit: n.Limit, bound: true, need: n.ID, roleID: n.Role, optional: n.Optional,
	})
	url, err := r.cfg.Source.Locate(f)
	if err != nil {
		r.items[id].unsafe = err
	}
	return id, ItemSpec{ID: id, Kind: Metadata, Of: id, Path: safe.Text(name), Role: n.Role, RoleName: safe.Text(n.Name), Length: n.Length, URL: url}
}

// announce publishes new items and queues them; those whose name is not safe to
// fetch end at once.
func (r *run) announce(found []ItemSpec) {
	for part := range chunks(found) {
		r.hub.publish(ItemsFound{part})
	}
	for i := range found {
		id := found[i].ID
		it := &r.items[id]
		switch {
		case it.unsafe != nil:
			p, _ := r.explain(id, it.unsafe)
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
	it := &r.items[id]
	if it.state != Verifying {
		r.move(id, Verifying, "", nil, 0)
	}
	r.foundLayout(id)
	r.deliver(id, trust.Answer{Bytes: data})
}

// judgeFile ends a metadata item by the walk's verdict.
func (r *run) judgeFile(v trust.Verdict) {
	id := r.needs[v.Need]
	if r.items[id].state != Verifying {
		return // it ended by itself: cancelled, or failed to come
	}
	switch {
	case v.Accepted:
		r.move(id, Verified, v.Note, nil, 0)
	case v.Problem == nil:
		r.move(id, Skipped, v.Note, nil, 0)
	default:
		f := v.Problem
		p := &Problem{Kind: f.ID, Text: f.Message, Hint: f.Hint, Evidence: f.Evidence}
		if f.ID == finding.UntrustedRole {
			r.move(id, Untrusted, p.Text, p, 0)
			return
		}
		r.move(id, Failed, p.Text, p, 0)
	}
}

// list queues the targets of a role. A role that is listed again, because its file
// was delivered again, adds what is new; what it no longer lists is skipped.
func (r *run) list(l trust.TargetList) {
	if r.cfg.MetadataOnly {
		return
	}
	var known map[string][]ItemID
	if r.listed[l.Name] {
		known = r.itemsOf(l.Name)
	}
	r.listed[l.Name] = true
	role := safe.Text(l.Name)
	found := make([]ItemSpec, 0, len(l.Targets))
	for _, t := range l.Targets {
		if ids := known[t.Path]; len(ids) > 0 && r.same(ids[0], t) {
			delete(known, t.Path)
			continue
		}
		found = r.addTarget(found, l.Role, l.Name, role, t)
	}
	for _, ids := range known {
		for _, id := range ids {
			r.outdate(id)
		}
	}
	r.announce(found)
}

func (r *run) itemsOf(role string) map[string][]ItemID {
	m := map[string][]ItemID{}
	for i := range r.items {
		if it := &r.items[i]; it.kind != Metadata && it.role == role && !it.outdated {
			m[it.path] = append(m[it.path], ItemID(i))
		}
	}
	return m
}

func (r *run) same(id ItemID, t trust.Target) bool {
	it := &r.items[id]
	return it.length == t.Length && slices.EqualFunc(it.hashes, t.Hashes, func(a, b trust.Hash) bool {
		return a.Algorithm == b.Algorithm && slices.Equal(a.Sum, b.Sum)
	})
}

// outdate ends an item that the role no longer lists.
func (r *run) outdate(id ItemID) {
	it := &r.items[id]
	it.outdated = true
	r.leave(id, errRetried)
	if it.state.Ended() {
		it.attempt++
		it.granted = true
		r.move(id, Queued, "", nil, 0)
	}
	r.move(id, Skipped, "the role that was delivered again lists it otherwise", nil, 0)
}

// addTarget makes an item for a target and one for each further name that it has
// under consistent snapshots (5.7.3): a file for every listed hash.
func (r *run) addTarget(found []ItemSpec, roleID trust.RoleID, rawRole, role string, t trust.Target) []ItemSpec {
	of := ItemID(len(r.items))
	text := safe.Text(t.Path)
	names := []string{t.Path}
	if r.walk.Consistent() && len(t.Hashes) > 0 {
		dir, base := path.Split(t.Path)
		names = names[:0]
		for _, h := range t.Hashes {
			names = append(names, fmt.Sprintf("%s%x.%s", dir, h.Sum, base))
		}
	}
	alg, unknown := unknownHash(t.Hashes)
	for i, name := range names {
		id := ItemID(len(r.items))
		f := fetch.File{Base: r.layout.current().targets, Name: name}
		it := item{kind: Target, of: of, file: f, length: t.Length, path: t.Path, role: rawRole, roleID: roleID, hashes: t.Hashes}
		spec := ItemSpec{ID: id, Kind: Target, Of: of, Path: text, Role: roleID, RoleName: role, Length: t.Length, Hashes: t.Hashes}
		if i > 0 {
			it.kind, spec.Kind, spec.Under = Copy, Copy, safe.Text(t.Hashes[i].Algorithm)
		}
		if unknown {
			it.unsafe = &fetch.Error{Kind: finding.UnknownHash, Text: "listed with the hash " + safe.Text(alg) + ", which clients do not know"}
		} else if url, err := r.cfg.Source.Locate(f); err != nil {
			it.unsafe = err
		} else {
			spec.URL = url
		}
		r.items = append(r.items, it)
		found = append(found, spec)
		if unknown {
			break // one is enough to say so
		}
	}
	return found
}

// refetch has a metadata file looked at once more, because something above it was
// delivered again.
func (r *run) refetch(id ItemID) {
	if r.stopping != nil {
		r.deliver(id, trust.Answer{Reason: r.stopping.problem().Text})
		return
	}
	switch it := &r.items[id]; it.state {
	case Verifying, Verified, Untrusted, Failed, Cancelled, Skipped:
		r.again(id, "what is above it was looked at again")
	}
}

// reconsider tries targets again that were untrusted and would be found now,
// because a role above them was delivered again.
func (r *run) reconsider() {
	for i := range r.items {
		it := &r.items[i]
		if it.kind == Metadata || it.state != Untrusted || it.outdated {
			continue
		}
		if r.walk.Reach(it.role, it.path).State == trust.Found {
			r.again(ItemID(i), "the roles above it are accepted now")
		}
	}
}

// jobResult is what a verification job found, from its goroutine to the loop.
type jobResult struct {
	job   *running
	out   trust.Result
	fault *InspectorFault
}

// running is a verification job under way.
type running struct {
	need    trust.NeedID
	started time.Duration
	giveUp  time.Duration // when it counts as lost
}

// jobLimit is how long a verification may compute. The slowest known repository
// takes seconds; a minute and a half is a fault.
const jobLimit = 90 * time.Second

func (r *run) verify(j trust.Job) {
	now := r.hub.now()
	b := &running{need: j.Need, started: now, giveUp: now + jobLimit}
	if len(r.busy)+len(r.live) == 0 {
		r.lastTick = now
	}
	r.busy[b] = struct{}{}
	about := fmt.Sprintf("need %d", j.Need)
	send := func(res jobResult) {
		select {
		case r.results <- res:
		case <-r.over:
		}
	}
	spawn("verify", about, func() { send(jobResult{job: b, out: j.Run()}) }, func(f InspectorFault) {
		send(jobResult{job: b, fault: &f})
	})
}

// verified takes the result of a job, unless it was given up meanwhile.
func (r *run) verified(res jobResult) {
	if _, ok := r.busy[res.job]; !ok {
		return
	}
	delete(r.busy, res.job)
	if res.fault != nil {
		r.lostJob(res.job, *res.fault)
		return
	}
	r.take(r.walk.Apply(res.out), res.job.need)
}

// watchJobs gives up verification that does not end.
func (r *run) watchJobs(now time.Duration) {
	for b := range r.busy {
		if now >= b.giveUp {
			delete(r.busy, b)
			about := fmt.Sprintf("need %d", b.need)
			r.lostJob(b, InspectorFault{
				Goroutine: "verify " + about,
				Value:     fmt.Sprintf("has computed for %s and was given up", (now - b.started).Round(time.Second)),
				Stack:     stackOf(about),
			})
		}
	}
}

func (r *run) lostJob(b *running, f InspectorFault) {
	r.fault(f)
	r.walk.LostJob()
	id := r.needs[b.need]
	p := &Problem{Kind: finding.InspectorFault, Text: "verification failed: " + safe.Text(firstLine(f.Value))}
	if r.items[id].state == Verifying {
		r.fail(id, p)
		return
	}
	r.take(r.walk.Deliver(b.need, trust.Answer{Reason: p.Text}), b.need)
}

func (r *run) fault(f InspectorFault) {
	r.faults++
	f.Value = safe.Text(f.Value)
	r.hub.publish(f)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
