package engine

import (
	"maps"
	"slices"
)

// Clone gives a state that is equal to this one and goes its own way: what is applied to
// one changes nothing of the other. They share what no event changes any more: texts,
// problems, answers, addresses, attempts that went well. An item takes some 300 bytes
// besides.
func (s *State) Clone() *State {
	c := *s
	c.Items = s.Items.clone()
	for i := range c.Items.Len() {
		c.Items.At(i).tried.part()
	}
	c.Roles = slices.Clone(s.Roles)
	c.Notes = Notes{list: slices.Clone(s.Notes.list), at: maps.Clone(s.Notes.at)}
	c.Faults, c.Stuck = slices.Clone(s.Faults), slices.Clone(s.Stuck)
	c.Hosts, c.Breakers = slices.Clone(s.Hosts), slices.Clone(s.Breakers)
	if c.Probes = maps.Clone(s.Probes); c.Probes != nil {
		for id, p := range c.Probes {
			own := *p
			own.Steps = slices.Clone(p.Steps)
			c.Probes[id] = &own
		}
	}
	c.words, c.spare = maps.Clone(s.words), nil
	return &c
}

// Weight is how much a Clone of the state takes, in items that went well: those are kept
// packed, and what did not go well, findings and roles are not.
func (s *State) Weight() int {
	n := s.Items.Len() + attemptWeight*(s.Notes.Len()+len(s.Roles))
	for i := range s.Items.Len() {
		if t := &s.Items.At(i).tried; t.all != nil {
			n += attemptWeight * len(*t.all)
		}
	}
	return n
}

// attemptWeight is how many items an attempt weighs that is not packed, with its problem and
// what the screen makes of it.
const attemptWeight = 3

// part gives attempts that are shared with another item a copy of their own. Only the
// latest of them changes.
func (t *tried) part() {
	if t.all == nil {
		return
	}
	all := slices.Clone(*t.all)
	if n := len(all); n > 0 {
		a := &all[n-1]
		a.Marks, a.Silent, a.Hops = slices.Clone(a.Marks), slices.Clone(a.Silent), slices.Clone(a.Hops)
		for i := range a.Hops {
			a.Hops[i].Marks = slices.Clone(a.Hops[i].Marks)
		}
	}
	t.all = &all
}
