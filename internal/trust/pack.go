package trust

import (
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// packer copies targets into few large pieces of memory: there may be a million of
// them, and each piece of its own costs space around it and time in every garbage
// collection. The pieces are made as large as they will be.
type packer struct {
	text    strings.Builder
	sums    []byte
	hashes  []Hash
	targets []Target
	path    int    // where that of the next target begins in the text
	first   int    // likewise, its hashes
	last    string // the algorithm that came last
}

// newPacker takes how many targets will come, how many bytes their paths have, how many
// hashes they have, and how many bytes these.
func newPacker(targets, text, hashes, sums int) *packer {
	p := &packer{sums: make([]byte, 0, sums), hashes: make([]Hash, 0, hashes), targets: make([]Target, 0, targets)}
	p.text.Grow(text)
	return p
}

// hash adds one of the next target, whose sum was appended to those before.
func (p *packer) hash(algorithm string, sums []byte) {
	at := len(p.sums)
	p.sums = sums
	p.hashes = append(p.hashes, Hash{algorithm, sums[at:len(sums):len(sums)]})
}

// target ends a target whose path was written and whose hashes were added.
func (p *packer) target(length int64) {
	own := p.hashes[p.first:len(p.hashes):len(p.hashes)]
	if len(own) > 1 {
		slices.SortFunc(own, func(a, b Hash) int { return strings.Compare(a.Algorithm, b.Algorithm) })
	}
	p.targets = append(p.targets, Target{Path: p.text.String()[p.path:], Length: length, Hashes: own})
	p.path, p.first = p.text.Len(), len(p.hashes)
}

// algorithm is a name as one string for all targets.
func (p *packer) algorithm(name []byte) string {
	if string(name) != p.last {
		p.last = algorithm(string(name))
	}
	return p.last
}

// pack packs what go-tuf has read.
func pack(paths []string, listed map[string]*metadata.TargetFiles) []Target {
	var text, sums, hashes int
	for _, path := range paths {
		text += len(path)
		hashes += len(listed[path].Hashes)
		for _, sum := range listed[path].Hashes {
			sums += len(sum)
		}
	}
	p := newPacker(len(paths), text, hashes, sums)
	for _, path := range paths {
		for alg, sum := range listed[path].Hashes {
			p.hash(algorithm(alg), append(p.sums, sum...))
		}
		p.text.WriteString(path)
		p.target(listed[path].Length)
	}
	return p.targets
}

// algorithm gives the name of a usual algorithm as one string for all targets.
func algorithm(name string) string {
	switch name {
	case "sha256":
		return "sha256"
	case "sha512":
		return "sha512"
	}
	return name
}
