package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// delegations looks at what a role says of those that it delegates to.
func delegations(subject string, d *metadata.Delegations) []finding.Finding {
	if d == nil {
		return nil
	}
	reserved := several{id: finding.ReservedRoleName, subject: subject}
	twice := several{id: finding.DuplicateRoleName, subject: subject}
	none := several{id: finding.NoPaths, subject: subject}
	both := several{id: finding.PathsAndPrefixes, subject: subject}
	times := map[string]int{}
	for i := range d.Roles {
		r := &d.Roles[i]
		if times[r.Name]++; times[r.Name] == 2 {
			twice.add("delegates to %s more than once", name(r))
		}
		if times[r.Name] == 1 && reservedName(r.Name) {
			reserved.add("delegates to a role called %s", name(r))
		}
		switch {
		case r.Paths != nil && r.PathHashPrefixes != nil:
			both.add("delegates to %s with both paths and path_hash_prefixes", name(r))
		case r.Paths == nil && r.PathHashPrefixes == nil:
			none.add("delegates to %s with neither paths nor path_hash_prefixes", name(r))
		case len(r.Paths)+len(r.PathHashPrefixes) == 0:
			none.add("delegates to %s for no paths: the list of them is empty", name(r))
		}
	}
	out := slices.Concat(reserved.findings(), twice.findings(), none.findings(), both.findings())
	out = append(out, overlaps(subject, d.Roles)...)
	return append(out, prefixes(subject, d.Roles)...)
}

func reservedName(name string) bool {
	switch name {
	case metadata.ROOT, metadata.TIMESTAMP, metadata.SNAPSHOT, metadata.TARGETS:
		return true
	}
	return false
}

// name is a role's name for people.
func name(r *metadata.DelegatedRole) string { return safe.Cut(r.Name, 100) }

// several collects the findings of one kind about one file.
type several struct {
	id      finding.ID
	subject string
	list    []finding.Finding
	n       int
	more    bool // there are others, and nobody has counted them
}

// add takes up one more. It is only put into words if it is one of the first.
func (s *several) add(format string, args ...any) {
	if s.n++; s.n <= most {
		s.list = append(s.list, finding.New(s.id, s.subject, format, args...))
	}
}

// findings gives the first ones, and says how many more there are.
func (s *several) findings() []finding.Finding {
	switch {
	case s.more:
		return append(s.list, finding.New(s.id, s.subject, "… and more than %d more", s.n-most))
	case s.n > most:
		return append(s.list, finding.New(s.id, s.subject, "… and %d more", s.n-most))
	}
	return s.list
}

// overlapWork is how many pairs of patterns are held against each other at most: about
// a second of one processor.
const overlapWork = 1 << 20

// overlaps names delegations that cover the same paths. Whether two patterns have a
// path in common is only said where one of them, read as a path, is covered by the
// other: what only looks alike is nothing to speak of.
func overlaps(subject string, roles []metadata.DelegatedRole) []finding.Finding {
	found := several{id: finding.OverlappingPatterns, subject: subject}
	type pattern struct {
		text string
		role int
	}
	// A pattern only covers what begins as it does.
	byStart := map[string][]pattern{}
	var lengths []int
	patterns := 0
	for i := range roles {
		for _, p := range roles[i].Paths {
			patterns++
			start := literal(p)
			byStart[start] = append(byStart[start], pattern{p, i})
			if at, there := slices.BinarySearch(lengths, len(start)); !there {
				lengths = slices.Insert(lengths, at, len(start))
			}
		}
	}
	said := map[[2]string]bool{}
	rest := min(4096+64*patterns, overlapWork)
	const enough = 1000 // where all cover the same there is nothing to count
	for i := range roles {
		for _, p := range roles[i].Paths {
			if !covers(p, p) {
				continue
			}
			for _, n := range lengths {
				if n > len(p) {
					break
				}
				for _, q := range byStart[p[:n]] {
					if rest--; rest < 0 {
						return found.findings()
					}
					a, b := min(i, q.role), max(i, q.role)
					pair := [2]string{roles[a].Name, roles[b].Name}
					if pair[0] == pair[1] || said[pair] || said[[2]string{pair[1], pair[0]}] {
						continue
					}
					if covers(q.text, p) {
						if found.n == enough {
							found.more = true
							return found.findings()
						}
						said[pair] = true
						found.add("%s", overlap(&roles[a], &roles[b], p))
					}
				}
			}
		}
	}
	return found.findings()
}

func overlap(a, b *metadata.DelegatedRole, path string) string {
	how := "%s and %s are both delegated %s"
	if a.Terminating {
		how += ", and the first one is terminating"
	}
	return fmt.Sprintf(how, name(a), name(b), safe.Cut(path, 100))
}

// Overlap tells whether what is said of a single role tells already that the
// patterns of two of its delegations cover the same paths.
func Overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(p string) bool { return covers(p, p) && covered(b, p) }) ||
		slices.ContainsFunc(b, func(p string) bool { return covers(p, p) && covered(a, p) })
}

func covered(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return covers(p, path) })
}

// covers asks go-tuf whether a pattern covers a path.
func covers(pattern, path string) bool {
	if strings.Count(pattern, "/") != strings.Count(path, "/") {
		return false
	}
	r := metadata.DelegatedRole{Paths: []string{pattern}}
	ok, err := r.IsDelegatedPath(path)
	return ok && err == nil
}

// literal is the text of a pattern before anything in it that has a meaning.
func literal(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}
