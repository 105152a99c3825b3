package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// named is how many files are named in one finding about several.
const named = 5

// withoutHashes looks at what a timestamp or a snapshot lists of other files beside
// their versions. The specification lets it leave out both (4.3).
func withoutHashes(subject string, meta map[string]*metadata.MetaFiles) []finding.Finding {
	var names []string
	lengths := 0
	for name, m := range meta {
		if m == nil || len(m.Hashes) > 0 {
			continue
		}
		names = append(names, name)
		if m.Length > 0 {
			lengths++
		}
	}
	if len(names) == 0 {
		return nil
	}
	what := "neither length nor hashes"
	switch lengths {
	case 0:
	case len(names):
		what = "a length and no hashes"
	default:
		what = fmt.Sprintf("no hashes, and the length of %d,", lengths)
	}
	return []finding.Finding{finding.New(finding.MetaWithoutHashes, subject, "it lists %s for %d of %s", what, len(names), files(len(meta))).With("files", list(names))}
}

// withoutSHA256 looks for hashes of a kind that some clients do not know, without the
// one that all do. Entries without any hash are another matter.
type withoutSHA256 struct {
	all        int
	names      []string
	algorithms []string // the first few
}

// add looks at an entry.
func (w *withoutSHA256) add(name string, algorithms []string) {
	w.all++
	if len(algorithms) == 0 || slices.Contains(algorithms, "sha256") {
		return
	}
	w.names = append(w.names, name)
	for _, alg := range algorithms {
		if len(w.algorithms) < named && !slices.Contains(w.algorithms, alg) {
			w.algorithms = append(w.algorithms, alg)
		}
	}
}

func (w *withoutSHA256) findings(subject, what string) []finding.Finding {
	if len(w.names) == 0 {
		return nil
	}
	return []finding.Finding{
		finding.New(finding.NoSHA256, subject, "%d of %d %s are listed without sha256", len(w.names), w.all, what).
			With("files", list(w.names)).With("algorithms", list(w.algorithms)),
	}
}

// metaWithoutSHA256 looks at the metadata files that a file lists.
func metaWithoutSHA256(subject string, meta map[string]*metadata.MetaFiles) []finding.Finding {
	w := withoutSHA256{}
	var algorithms []string
	for name, m := range meta {
		algorithms = algorithms[:0]
		if m != nil {
			algorithms = slices.AppendSeq(algorithms, maps.Keys(m.Hashes))
		}
		w.add(name, algorithms)
	}
	return w.findings(subject, "metadata files")
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// list names the first of some files.
func list(names []string) string {
	slices.Sort(names)
	var b strings.Builder
	for i, name := range names {
		if i == named {
			fmt.Fprintf(&b, ", … %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(safe.Cut(name, 100))
	}
	return b.String()
}
