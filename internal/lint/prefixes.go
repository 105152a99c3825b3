package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// digits is how many hexadecimal digits the SHA-256 of a path has.
const digits = 64

// share is the part of all paths that a delegation by hash prefix is for.
type share struct {
	prefix string
	role   int
}

// prefixes looks at delegations by path_hash_prefixes: whether two of them are for
// the same paths, and, where a role delegates in no other way, whether there are
// paths that none of them is for. Both are exact: a prefix stands for all hashes that
// begin with it.
func prefixes(subject string, roles []metadata.DelegatedRole) []finding.Finding {
	var all []share
	only := len(roles) > 0
	for i := range roles {
		r := &roles[i]
		if len(r.Paths) > 0 || len(r.PathHashPrefixes) == 0 {
			only = false
			continue
		}
		for _, p := range r.PathHashPrefixes {
			if matchable(p) {
				all = append(all, share{p, i})
			}
		}
	}
	slices.SortFunc(all, func(a, b share) int {
		return cmp.Or(strings.Compare(a.prefix, b.prefix), cmp.Compare(a.role, b.role))
	})
	out := sharedPrefixes(subject, roles, all)
	if only {
		if first, n := gaps(all); n > 0 {
			out = append(out, gapFinding(subject, first, n))
		}
	}
	return out
}

// matchable tells whether a hash can begin with this prefix: clients compare it with
// lower-case digits as it is written.
func matchable(prefix string) bool {
	return len(prefix) <= digits && strings.Trim(prefix, "0123456789abcdef") == ""
}

// sharedPrefixes names pairs of roles that have paths in common. The prefixes come in
// their order, so that those which a prefix begins with stand directly before it.
func sharedPrefixes(subject string, roles []metadata.DelegatedRole, all []share) []finding.Finding {
	found := several{id: finding.HashPrefixOverlap, subject: subject}
	said := map[[2]string]bool{}
	var within []share // prefixes of one another, the longest last
	for _, s := range all {
		for len(within) > 0 && !strings.HasPrefix(s.prefix, within[len(within)-1].prefix) {
			within = within[:len(within)-1]
		}
		for _, w := range slices.Backward(within) {
			a, b := &roles[min(w.role, s.role)], &roles[max(w.role, s.role)]
			pair := [2]string{min(a.Name, b.Name), max(a.Name, b.Name)}
			if a.Name != b.Name && !said[pair] {
				said[pair] = true
				found.add("%s and %s are both delegated the paths whose hash begins with %q", name(a), name(b), s.prefix)
			}
		}
		if len(within) == 0 || within[len(within)-1].prefix != s.prefix {
			within = append(within, s)
		}
	}
	return found.findings()
}

// gaps gives the first prefix that none of those given covers, and how many gaps
// there are. They come in their order.
func gaps(all []share) (first string, n int) {
	next := "" // from here on nothing is covered yet: digits, and zeros behind them
	for _, s := range all {
		switch {
		case compare(s.prefix, next) > 0:
			if n++; n == 1 {
				first = between(next, s.prefix)
			}
		case s.prefix < next:
			continue // within the one before
		}
		var more bool
		if next, more = after(s.prefix); !more {
			return first, n
		}
	}
	if n++; n == 1 {
		first = between(next, "")
	}
	return first, n
}

// compare compares two places, each with zeros behind it.
func compare(a, b string) int {
	return strings.Compare(strings.TrimRight(a, "0"), strings.TrimRight(b, "0"))
}

// after is the place behind all that begins with a prefix; there is none behind the
// last.
func after(prefix string) (next string, more bool) {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case 'f':
			continue
		case '9':
			b[i] = 'a'
		default:
			b[i]++
		}
		return string(b[:i+1]), true
	}
	return "", false
}

// between is the shortest prefix all of whose paths lie from one place on and before
// another; "" is the end of all.
func between(from, to string) string {
	from = strings.TrimRight(from, "0")
	for n := max(1, len(from)); n < digits; n++ {
		p := from + strings.Repeat("0", n-len(from))
		if next, more := after(p); to == "" || more && compare(next, to) <= 0 {
			return p
		}
	}
	return from + strings.Repeat("0", digits-len(from))
}

func gapFinding(subject, first string, n int) finding.Finding {
	if n == 1 {
		return finding.New(finding.HashPrefixGap, subject, "its hash prefixes have a gap that begins with %s", safe.Text(first))
	}
	return finding.New(finding.HashPrefixGap, subject, "its hash prefixes have %d gaps, and the first begins with %s", n, safe.Text(first))
}
