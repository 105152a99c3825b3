package finding

// Section is a part of the catalogue: the kinds that are about one thing.
type Section struct {
	Title string
	Kinds []Kind
}

// A kind is added to the file of its section, raised in exactly one room, and
// covered by a repository that has it and by all others, which must not.
var sections = []Section{
	{"Expiry and signing", expiryKinds},
	{"Trust", trustKinds},
	{"Keys and signatures", keysKinds},
	{"Metadata files", filesKinds},
	{"Delegations", delegationsKinds},
	{"Target files", targetsKinds},
	{"Transport", transportKinds},
	{"Memory between runs", memoryKinds},
	{"The run itself", runKinds},
}

var (
	catalogue = flatten()
	index     = number()
)

func flatten() []Kind {
	var all []Kind
	for _, s := range sections {
		all = append(all, s.Kinds...)
	}
	return all
}

func number() map[ID]int {
	m := make(map[ID]int, len(catalogue))
	for i := range catalogue {
		m[catalogue[i].ID] = i
	}
	return m
}

// Sections gives the catalogue by what its kinds are about. The caller must not
// change it.
func Sections() []Section { return sections }

// All gives the catalogue in its order. The caller must not change it.
func All() []Kind { return catalogue }

// Lookup gives the kind with this id.
func Lookup(id ID) (Kind, bool) {
	i, ok := index[id]
	if !ok {
		return Kind{}, false
	}
	return catalogue[i], true
}
