package engine

import (
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// item is what the control loop itself needs to know of an item. Text for people
// is in the events. There may be a million of them: what many have in common is
// behind a pointer, and names are made when they are asked for.
type item struct {
	kind     Kind
	state    ItemState
	granted  bool // the attempt number was raised by a retry already
	wanted   bool // a person wants it to be the next canary once it is queued
	noCache  bool // attempts go past caches from now on
	again    bool // a complete but wrong body was already asked for a second time
	bound    bool // it is a file that the walk needs
	told     bool // the walk was given an answer before
	optional bool // absence is no fault
	outdated bool // its role was delivered again and lists it otherwise
	unsafe   bool // it cannot be fetched at all: run.unsafe says why
	of       ItemID
	attempt  int
	tries    int        // attempts since the last command to retry, or since one that brought it on
	problem  finding.ID // of the state it is in
	*origin
	role *listing      // that lists a target; nil for metadata
	as   *trust.Target // as it lists it; likewise
	meta *metaFile     // nil for targets
	done int64
	best int64 // the most that an attempt has brought, as far as it counted
	rest *rest // what the next attempt goes on with, or nil
	live *attempt
}

// origin is where items come from.
type origin struct {
	base   string // of fetch.File
	host   *host
	hashed bool // names of targets have a hash in them
}

// metaFile is what there is to know of a metadata file only.
type metaFile struct {
	name   string
	need   trust.NeedID // if the item is bound
	limit  int64
	answer *trust.Answer // what came of it, if the walk has not asked for it yet

	content  *content // what the latest request brought, or nil
	accepted bool     // which the walk accepted
}

// item gives what is known of an item.
func (r *run) item(id ItemID) *item { return r.items.At(int(id)) }

// originOf gives the origin of items, one for all that are alike.
func (r *run) originOf(base string, hashed bool) *origin {
	o := origin{base, r.hostOf(base), hashed}
	known := r.origins[o]
	if known == nil {
		known = &origin{base, o.host, hashed} // and not o, which would be made for each item
		r.origins[o] = known
	}
	return known
}

// path is a target's raw path, or "".
func (it *item) path() string {
	if it.as == nil {
		return ""
	}
	return it.as.Path
}

// length is how many bytes are listed, or -1.
func (it *item) length() int64 {
	if it.as == nil {
		return -1
	}
	return it.as.Length
}

// file is what is asked for to get an item.
func (r *run) file(id ItemID) fetch.File {
	it := r.item(id)
	if it.as == nil {
		return fetch.File{Base: it.base, Name: it.meta.name, Flat: true}
	}
	name := it.as.Path
	if it.hashed {
		name = trust.HashedName(name, it.as.Hashes[id-it.of].Sum)
	}
	return fetch.File{Base: it.base, Name: name}
}
