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
// one that all do. hashes are those of one entry by algorithm; none at all are another
// matter.
func withoutSHA256[E any](subject, what string, entries map[string]E, hashes func(E) metadata.Hashes) []finding.Finding {
	var names []string
	algorithms := map[string]bool{}
	for name, e := range entries {
		h := hashes(e)
		if _, ok := h["sha256"]; ok || len(h) == 0 {
			continue
		}
		names = append(names, name)
		for alg := range h {
			if len(algorithms) < named {
				algorithms[alg] = true
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []finding.Finding{
		finding.New(finding.NoSHA256, subject, "%d of %d %s are listed without sha256", len(names), len(entries), what).
			With("files", list(names)).With("algorithms", list(slices.Collect(maps.Keys(algorithms)))),
	}
}

func metaHashes(m *metadata.MetaFiles) metadata.Hashes {
	if m == nil {
		return nil
	}
	return m.Hashes
}

func targetHashes(t *metadata.TargetFiles) metadata.Hashes {
	if t == nil {
		return nil
	}
	return t.Hashes
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
