package engine

import "example.com/tufinspect/internal/finding"

// Unchecked tells whether the item has ended without anything being known of its
// bytes: it is in state Failed, for a reason that proves nothing against the file. To
// people such an item is "not checked", and never "failed"; all displays ask here.
func (it *Item) Unchecked() bool {
	return it.State == Failed && (it.Problem == nil || it.Problem.Severity() != finding.Critical)
}

// Silent tells whether the item is unchecked because it, or its host, was given up for
// silence.
func (it *Item) Silent() bool {
	return it.State == Failed && it.Problem != nil && (it.Problem.Kind == finding.Stalled || it.Problem.Kind == finding.HostSilent)
}

// Misses counts files in state Failed by what that means.
type Misses struct {
	Failed    int // bytes prove a fault
	Unchecked int // nothing is known of the bytes
	Silent    int // of those, the ones that nothing is wrong with but silence
}

// Misses counts the targets in state Failed, each together with its copies and as the
// worst of them, and the metadata files. It looks at all items.
func (s *State) Misses() (targets, metadata Misses) {
	for i := 0; i < s.Items.Len(); {
		n := 1
		if s.Items.At(i).Kind == Target {
			n += min(int(s.Items.At(i).Copies), s.Items.Len()-i-1)
		}
		if s.Items.At(i).Kind == Metadata {
			metadata.add(s, i, n)
		} else {
			targets.add(s, i, n)
		}
		i += n
	}
	return targets, metadata
}

// add counts the items from one on, so many, as one file.
func (m *Misses) add(s *State, from, n int) {
	failed, silent, proved := 0, 0, 0
	for i := range n {
		it := s.Items.At(from + i)
		if it.State != Failed {
			continue
		}
		failed++
		switch {
		case it.Silent():
			silent++
		case !it.Unchecked():
			proved++
		}
	}
	switch {
	case proved > 0:
		m.Failed++
	case failed > 0:
		m.Unchecked++
		if silent == failed {
			m.Silent++
		}
	}
}
