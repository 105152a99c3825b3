package engine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// fewNew is the part of a list, one of so many, up to which new targets are copied out
// of it when the role was listed before. More of them hold on to the list, which takes
// so many times their own memory at the most.
const fewNew = 8

const (
	// listAtOnce is how many targets the loop lists at a time: those of some milliseconds.
	listAtOnce = 4000
	// listRest is how long it does other things then.
	listRest = time.Millisecond
)

// list queues the targets of a role; if they are many, those that are not among the
// first follow at later turns of the loop. A role that is listed again, because its file
// was delivered again, adds what is new; what it no longer lists is skipped.
func (r *run) list(l trust.TargetList) {
	if r.cfg.MetadataOnly {
		return
	}
	r.transport.folder.looked = false
	have := r.listed[l.Name]
	if have == nil {
		have = &listing{name: l.Name, role: l.Role, consistent: r.walk.Consistent(), rest: l.Targets}
		r.listed[l.Name] = have
		if r.listSome(have, listAtOnce); len(have.rest) > 0 {
			r.lists = append(r.lists, have)
			r.listNext = r.hub.now() + listRest
		}
		return
	}
	r.listSome(have, len(have.rest))
	r.listAgain(have, l)
}

// goOnListing lists more of what is left of long lists.
func (r *run) goOnListing() {
	if len(r.lists) == 0 || r.hub.now() < r.listNext {
		return
	}
	r.listSome(r.lists[0], listAtOnce)
	r.listNext = r.hub.now() + listRest
	if r.pass != nil {
		r.pass.resume = max(r.pass.resume, r.listNext) // the two take turns, with a rest between
	}
	for len(r.lists) > 0 && len(r.lists[0].rest) == 0 { // others are if they came again meanwhile
		r.lists = r.lists[1:]
	}
}

// listSome queues so many of a role's targets that are left.
func (r *run) listSome(have *listing, most int) {
	n := min(most, len(have.rest))
	part := have.rest[:n]
	if have.rest = have.rest[n:]; len(have.rest) == 0 {
		have.rest = nil // the items hold on to those that they are of
	}
	role := safe.Text(have.name)
	found := make([]ItemSpec, 0, n)
	var names []string
	for i := range part {
		names = namesOf(&part[i], have.consistent, names[:0])
		found = r.addTarget(found, have, role, &part[i], names)
	}
	have.items = slices.Grow(have.items, len(found)+len(have.rest))
	for i := range found {
		have.items = append(have.items, found[i].ID)
	}
	r.announce(found)
}

// listAgain takes a list of a role that was listed before.
func (r *run) listAgain(have *listing, l trust.TargetList) {
	known := r.itemsOf(have)
	role := safe.Text(l.Name)
	var found []ItemSpec
	have.role, have.consistent = l.Role, r.walk.Consistent()
	var names []string
	for i := range l.Targets {
		t := &l.Targets[i]
		names = namesOf(t, have.consistent, names[:0])
		if r.same(known[t.Path], names, t) {
			delete(known, t.Path)
			continue
		}
		if len(found) < len(l.Targets)/fewNew {
			t = t.Clone() // a few must not hold on to all others of the list
		}
		found = r.addTarget(found, have, role, t, names)
	}
	for i := range found {
		have.items = append(have.items, found[i].ID)
	}
	for _, ids := range known {
		for _, id := range ids {
			r.outdate(id)
		}
	}
	r.announce(found)
}

// listing is what is known of a role's targets.
type listing struct {
	role       trust.RoleID // of the latest list
	name       string       // raw
	consistent bool         // named for consistent snapshots
	items      []ItemID
	rest       []trust.Target // of its first list, those that are not items yet
}

// rename lists targets anew whose files have other names by now: a later root has
// turned consistent snapshots on or off.
func (r *run) rename() {
	for _, name := range slices.Sorted(maps.Keys(r.listed)) {
		have := r.listed[name]
		if have.consistent == r.walk.Consistent() {
			continue
		}
		l := trust.TargetList{Role: have.role, Name: name}
		for _, id := range have.items {
			if it := r.item(id); it.kind == Target && !it.outdated {
				l.Targets = append(l.Targets, *it.as)
			}
		}
		r.list(l)
	}
}

// itemsOf gives the items of a role that are still listed, by path.
func (r *run) itemsOf(have *listing) map[string][]ItemID {
	m := map[string][]ItemID{}
	for _, id := range have.items {
		if it := r.item(id); !it.outdated {
			m[it.path()] = append(m[it.path()], id)
		}
	}
	return m
}

// same tells whether these items are what the target asks for: the same bytes,
// under the same names.
func (r *run) same(ids []ItemID, names []string, t *trust.Target) bool {
	if len(ids) == 0 || !slices.EqualFunc(ids, names, func(id ItemID, name string) bool { return r.file(id).Name == name }) {
		return false
	}
	as := r.item(ids[0]).as
	return as.Length == t.Length && slices.EqualFunc(as.Hashes, t.Hashes, func(a, b trust.Hash) bool {
		return a.Algorithm == b.Algorithm && slices.Equal(a.Sum, b.Sum)
	})
}

// namesOf appends the names under which a target is fetched: under consistent
// snapshots one for each listed hash (5.7.3). One is enough to say of a target that
// it cannot be verified.
func namesOf(t *trust.Target, consistent bool, names []string) []string {
	if !consistent || len(t.Hashes) == 0 {
		return append(names, t.Path)
	}
	hashes := t.Hashes
	if _, unknown := trust.UnknownHash(hashes); unknown {
		hashes = hashes[:1]
	}
	for _, h := range hashes {
		names = append(names, trust.HashedName(t.Path, h.Sum))
	}
	return names
}

// addTarget makes an item for each name of a target.
func (r *run) addTarget(found []ItemSpec, l *listing, role string, t *trust.Target, names []string) []ItemSpec {
	of := ItemID(r.items.Len())
	text := safe.Text(t.Path)
	alg, unknown := trust.UnknownHash(t.Hashes)
	from := r.originOf(r.layout.current().targets, l.consistent && len(t.Hashes) > 0)
	for i, name := range names {
		id := ItemID(r.items.Len())
		it := item{kind: Target, of: of, origin: from, role: l, as: t}
		spec := ItemSpec{ID: id, Kind: Target, Of: of, Path: text, Role: l.role, RoleName: role, Length: t.Length, Hashes: t.Hashes}
		if i > 0 {
			it.kind, spec.Kind, spec.Under = Copy, Copy, safe.Text(t.Hashes[i].Algorithm)
		}
		r.count(&it, Queued, 1)
		r.items.Append(it)
		if t.Length < 0 {
			r.refuse(id, &fetch.Error{Kind: finding.WrongLength, Text: fmt.Sprintf("listed with a length of %d, and no file is so long", t.Length)})
		} else if unknown {
			r.refuse(id, &fetch.Error{Kind: finding.UnknownHash, Text: "listed with the hash " + safe.Text(alg) + ", which clients do not know"})
		} else if url, err := r.cfg.Source.Locate(fetch.File{Base: from.base, Name: name}); err != nil {
			r.refuse(id, err)
		} else {
			spec.Site = r.siteOf(&spec, t.Path, name, url)
		}
		found = append(found, spec)
	}
	return found
}

// siteOf gives the site of a target's file with this name.
func (r *run) siteOf(spec *ItemSpec, path, name, url string) *Site {
	if spec.Path != path { // what is shown is not what is asked for
		return SiteOf(url)
	}
	site := siteFor(r.site, name, url, r.item(spec.ID).hashed)
	if site.named {
		r.site = site
	}
	return site
}
