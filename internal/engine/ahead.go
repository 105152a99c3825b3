package engine

import (
	"slices"

	"example.com/tufinspect/internal/trust"
)

// ahead knows the metadata files that are asked for before the walk asks, because their
// names can be told already: each saves a round trip. Nothing is believed for it. The
// walk takes what it needs when it gets there, and what it does not need is left alone.
//
// The root after the trusted one is what a walk asks for first. Where there is one, the
// chain takes some time, and a client would begin with the timestamp after that; here
// snapshot and targets come meanwhile, by what their parents say before these are
// verified.
type ahead struct {
	guesses []guess
	root    ItemID // the root after the trusted one, in the place at hand; 0: none was asked for
	older   bool   // it has come, so that the chain is longer
	stamp   []byte // the timestamp, while it has not been said which snapshot it names
}

// notNeeded is why a file that was asked for ahead is not looked at.
const notNeeded = "asked for ahead, and not needed"

// guess is an item that the walk has not asked for.
type guess struct {
	id      ItemID
	name    string
	version int64
}

// rootAhead asks for the root after the trusted one.
func (r *run) rootAhead() []ItemSpec {
	version, ok := trust.NextRoot(r.cfg.Root)
	if !ok {
		return nil
	}
	spec := r.addAhead(trust.Need{Name: "root", Version: version, Length: -1, Limit: trust.DefaultLimits().File, Optional: true})
	r.ahead = ahead{guesses: r.ahead.guesses, root: spec.ID}
	return []ItemSpec{spec}
}

func (r *run) addAhead(n trust.Need) ItemSpec {
	id, spec := r.addMetadata(n)
	it := r.item(id)
	it.bound, it.optional = false, true
	r.ahead.guesses = append(r.ahead.guesses, guess{id, n.Name, n.Version})
	return spec
}

// guessFrom asks for what an item that has arrived names next, while the root chain may
// be on its way.
func (r *run) guessFrom(id ItemID, data []byte) {
	a := &r.ahead
	switch {
	case a.root == 0:
		return
	case id == a.root:
		a.older = true
	case id == r.layout.item:
		a.stamp = data
	default:
		if g := r.guessed(id); g != nil && g.name == "snapshot" {
			r.follow("snapshot", data)
		}
		return
	}
	if a.older && a.stamp != nil {
		r.follow("timestamp", a.stamp)
		a.stamp = nil
	}
}

func (r *run) follow(role string, data []byte) {
	if n, ok := trust.NextFile(role, data, r.cfg.Root); ok {
		r.announce([]ItemSpec{r.addAhead(n)})
	}
}

// guessed gives what is asked for ahead with an item, or nil.
func (r *run) guessed(id ItemID) *guess {
	i := slices.IndexFunc(r.ahead.guesses, func(g guess) bool { return g.id == id })
	if i < 0 {
		return nil
	}
	return &r.ahead.guesses[i]
}

// takeAhead gives the item of a file that the walk asks for, if it was asked for ahead
// and there is hope for it.
func (r *run) takeAhead(n trust.Need) (ItemID, bool) {
	a := &r.ahead
	for i, g := range a.guesses {
		if g.name != n.Name || g.version != n.Version {
			continue
		}
		it := r.item(g.id)
		if it.state != Cancelled { // what a person has cancelled is not fetched under another number
			if it.state.Ended() && g.id != a.root {
				continue
			}
			if answer := it.meta.answer; answer != nil && answer.Bytes == nil && !n.Optional {
				continue
			}
		}
		a.guesses = slices.Delete(a.guesses, i, i+1)
		return g.id, true
	}
	return 0, false
}

// keptAhead tells whether an item was asked for ahead, has been answered, and waits for
// the walk to ask.
func (r *run) keptAhead(id ItemID) bool {
	return r.guessed(id) != nil && r.item(id).meta.answer != nil
}

// vain tells whether it means nothing that an item could not be had: it was asked for
// ahead, and the walk may never ask.
func (r *run) vain(id ItemID) bool { return id != r.ahead.root && r.guessed(id) != nil }

// leaveAhead ends what the walk has not asked for.
func (r *run) leaveAhead(why string) {
	for _, g := range r.ahead.guesses {
		r.leave(g.id, errRetried)
		switch state := r.item(g.id).state; {
		case !state.Ended():
			r.move(g.id, Skipped, why, nil, 0)
		case state == Failed: // a root where there is no repository, say
			r.outdate(g.id)
		}
	}
	r.ahead = ahead{}
}
