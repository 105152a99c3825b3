package ui

import (
	"bytes"
	"slices"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// problems counts the items that have a problem by its kind. An item costs one byte and
// a change of it a few steps, so that a view of 100,000 files that failed counts none.
type problems struct {
	of     []uint8 // by item: 1 + the index in groups, or 0
	groups []problemGroup
	gen    int // goes up with every change
}

// problemGroup is a kind of problem.
type problemGroup struct {
	id    finding.ID
	n     int
	state [numFaces]int // of them, by face
}

// see takes over what has become of an item that had this face before.
func (t *problems) see(it *engine.Item, before face) {
	id := int(it.ID)
	now := uint8(0)
	if troubled(it.State) {
		now = t.group(problemOf(it))
	}
	was, f := t.of[id], faceOf(it)
	if was == now && (now == 0 || f == before) {
		return
	}
	if was > 0 {
		g := &t.groups[was-1]
		g.n--
		g.state[before]--
	}
	if now > 0 {
		g := &t.groups[now-1]
		g.n++
		g.state[f]++
	}
	t.of[id] = now
	t.gen++
}

// problemOf is the kind of an item's problem. One without is named by its state.
func problemOf(it *engine.Item) finding.ID {
	if it.Problem != nil {
		return it.Problem.Kind
	}
	return finding.ID(shortWord[faceOf(it)])
}

// group gives 1 + the index of a kind. The catalogue has far fewer of them than fit;
// what does not fit is counted with the last.
func (t *problems) group(id finding.ID) uint8 {
	for i := range t.groups {
		if t.groups[i].id == id {
			return uint8(i + 1)
		}
	}
	if len(t.groups) == 255 {
		return 255
	}
	t.groups = append(t.groups, problemGroup{id: id})
	return uint8(len(t.groups))
}

// items gives at most so many of a kind's items, in the order in which they were found,
// behind those in out. It looks at one byte of every item.
func (t *problems) items(id finding.ID, most int, out []engine.ItemID) []engine.ItemID {
	k := slices.IndexFunc(t.groups, func(g problemGroup) bool { return g.id == id })
	if k < 0 || t.groups[k].n == 0 {
		return out
	}
	from := max(0, bytes.IndexByte(t.of, uint8(k+1))) // the first is all that most ask for
	most = min(most, t.groups[k].n)
	out = slices.Grow(out, most)
	for i, of := range t.of[from:] {
		if most == 0 {
			break
		}
		if of == uint8(k+1) {
			out = append(out, engine.ItemID(from+i))
			most--
		}
	}
	return out
}
