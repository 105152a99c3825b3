package canon

import (
	"maps"
	"slices"
	"strconv"
)

// Difference is a place where two documents differ.
type Difference struct {
	// Path leads there: signed.targets["a/b.txt"].hashes.sha256.
	Path string
	// A and B are what stands there, and InA and InB whether anything does.
	A, B     any
	InA, InB bool
}

// Differences compares two documents of [Parse] and gives the first places where they
// differ, by path, and how many more there are. Paths begin with the given name.
func Differences(name string, a, b any, most int) (list []Difference, more int) {
	d := differ{most: most, at: path{name}}
	d.compare(Difference{A: a, B: b, InA: true, InB: true})
	return d.list, d.more
}

type differ struct {
	list []Difference
	more int
	most int
	at   path // of what is being compared
}

// path is the names and indices that lead somewhere, each as it is written.
type path []string

func (p path) String() string {
	n := 0
	for _, s := range p {
		n += len(s)
	}
	b := make([]byte, 0, n)
	for _, s := range p {
		b = append(b, s...)
	}
	return string(b)
}

func (d *differ) compare(x Difference) {
	if x.InA && x.InB {
		switch a := x.A.(type) {
		case map[string]any:
			if b, ok := x.B.(map[string]any); ok {
				d.objects(a, b)
				return
			}
		case []any:
			if b, ok := x.B.([]any); ok {
				d.lists(a, b)
				return
			}
		default:
			// What is left are texts, numbers, truths and null, all of which compare.
			switch x.B.(type) {
			case map[string]any, []any:
			default:
				if x.A == x.B {
					return
				}
			}
		}
	}
	if len(d.list) == d.most {
		d.more++
		return
	}
	x.Path = d.at.String()
	d.list = append(d.list, x)
}

func (d *differ) objects(a, b map[string]any) {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		va, inA := a[name]
		vb, inB := b[name]
		d.below(step(name), Difference{A: va, B: vb, InA: inA, InB: inB})
	}
}

func (d *differ) lists(a, b []any) {
	for i := range max(len(a), len(b)) {
		x := Difference{InA: i < len(a), InB: i < len(b)}
		if x.InA {
			x.A = a[i]
		}
		if x.InB {
			x.B = b[i]
		}
		d.below(index(i), x)
	}
}

// below compares what stands one step further.
func (d *differ) below(step string, x Difference) {
	d.at = append(d.at, step)
	d.compare(x)
	d.at = d.at[:len(d.at)-1]
}

// maxStep is how much of a name stands in a path, and maxValue how much of a value is
// shown, in bytes.
const (
	maxStep  = 100
	maxValue = 100
)

// step is a name as it stands in a path.
func step(name string) string {
	for i := range len(name) {
		c := name[i] | 0x20
		if (c < 'a' || c > 'z') && name[i] != '_' && (i == 0 || name[i] != '-' && (name[i] < '0' || name[i] > '9')) || i > maxStep {
			return `["` + cut(name, maxStep) + `"]`
		}
	}
	if name == "" {
		return `[""]`
	}
	return "." + name
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }

// Text is a value for people to read, as JSON on one line, cut when it is long.
func Text(v any) string {
	b, err := encode(nil, v, false)
	if err != nil {
		return "…"
	}
	return cut(string(b), maxValue)
}
