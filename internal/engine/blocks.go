package engine

// blockLen is how many values a block has.
const blockLen = 512

// Blocks is a list that grows at its end by whole blocks. What it has is never copied,
// however long it gets: a million items join without a pause, without garbage of their
// size, and without room for another quarter million. The zero value is empty.
//
// A copy of it is a view of the values that it had: others may be added to the
// original meanwhile, also by another goroutine.
type Blocks[T any] struct {
	list []*[blockLen]T
	n    int
}

// Len is how many values there are.
func (p *Blocks[T]) Len() int { return p.n }

// At gives the value with this index, which has to be below Len. The pointer stays
// good for as long as the list is used.
func (p *Blocks[T]) At(i int) *T {
	if uint(i) >= uint(p.n) {
		panic("engine: index outside of a list")
	}
	return &p.list[uint(i)/blockLen][uint(i)%blockLen]
}

// Append adds a value at the end.
func (p *Blocks[T]) Append(v T) {
	if p.n == len(p.list)*blockLen {
		p.list = append(p.list, new([blockLen]T))
	}
	p.list[p.n/blockLen][p.n%blockLen] = v
	p.n++
}

// clone is a list with the same values.
func (p *Blocks[T]) clone() Blocks[T] {
	c := Blocks[T]{make([]*[blockLen]T, len(p.list)), p.n}
	for i, b := range p.list {
		own := *b
		c.list[i] = &own
	}
	return c
}

// First is the list's first n values.
func (p *Blocks[T]) First(n int) Blocks[T] {
	return Blocks[T]{p.list[:(n+blockLen-1)/blockLen], n}
}
