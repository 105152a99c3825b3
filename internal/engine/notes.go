package engine

import (
	"iter"

	"example.com/tufinspect/internal/finding"
)

// Notes are the findings in force, in the order in which they were raised, each once. To
// raise one and to take it back costs the same however many there are: a repository, or a
// recording from anywhere, may have a finding come and go for every target. One that is
// taken back leaves a gap, and the gaps are closed when there are more of them than
// findings. The zero value is empty.
//
// What All has given stays as it is, or says that it is withdrawn.
type Notes struct {
	list []FindingRaised // those that are Withdrawn are gaps
	at   map[noteKey]int32
}

// noteKey is what makes two findings the same.
type noteKey struct {
	id               finding.ID
	subject, message string
}

func keyOf(f *finding.Finding) noteKey { return noteKey{f.ID, f.Subject, f.Message} }

// fewGaps is how many gaps are left as they are, however few findings there are.
const fewGaps = 64

// Len is how many there are.
func (n *Notes) Len() int { return len(n.at) }

// All gives them in their order. They are not to be written to.
func (n *Notes) All() iter.Seq[*FindingRaised] {
	return func(yield func(*FindingRaised) bool) {
		for i := range n.list {
			if b := &n.list[i]; !b.Withdrawn && !yield(b) {
				return
			}
		}
	}
}

// apply raises a finding that is not in force, or takes back one that is.
func (n *Notes) apply(b FindingRaised) {
	k := keyOf(&b.Finding)
	switch i, known := n.at[k]; {
	case b.Withdrawn && known:
		delete(n.at, k)
		n.list[i] = FindingRaised{Withdrawn: true}
		n.close()
	case !b.Withdrawn && !known:
		if n.at == nil {
			n.at = map[noteKey]int32{}
		}
		n.at[k] = int32(len(n.list))
		n.list = append(n.list, b)
	}
}

// close closes the gaps if they are too many. What it leaves behind is not written to,
// since others may still read it.
func (n *Notes) close() {
	if gaps := len(n.list) - len(n.at); gaps <= fewGaps || gaps <= len(n.at) {
		return
	}
	list := make([]FindingRaised, 0, len(n.at))
	for b := range n.All() {
		n.at[keyOf(&b.Finding)] = int32(len(list))
		list = append(list, *b)
	}
	n.list = list
}
