package trust

import (
	"fmt"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// pythonView is what python-tuf's client makes of delegated roles and of searches for
// targets (tuf/ngclient/updater.py, _preorder_depth_first_walk). It looks for a target
// through the roles as go-tuf does, and stops with an error at the first that it refuses.
type pythonView struct {
	w         *Walk
	edges     map[*edge]opinion // under one delegator
	files     map[*file]opinion // under each
	explained map[RoleID]bool   // it is known why it refuses the role, or that it does not
	odd       map[*outEdges]bool
}

// opinion is a stance with its reason, printable.
type opinion struct {
	stance finding.Stance
	why    string
}

// pythonFound is what comes of the searches for some targets.
type pythonFound struct {
	refused int      // of them: it refuses a role on the way, or does not find the target
	first   []string // the first of those, printable
	why     string   // of the first
}

func newPythonView(w *Walk) *pythonView {
	return &pythonView{w: w, edges: map[*edge]opinion{}, files: map[*file]opinion{}, explained: map[RoleID]bool{}, odd: map[*outEdges]bool{}}
}

// edge notes a stance on a role under one of its delegators.
func (v *pythonView) edge(e *edge, s finding.Stance, why string) {
	if o, ok := v.edges[e]; e != nil && (!ok || s > o.stance) {
		v.edges[e] = opinion{s, why}
	}
}

// file notes a stance on the file of a role, whoever delegates to it.
func (v *pythonView) file(e *edge, s finding.Stance, why string) {
	if e != nil && s > v.files[e.child].stance {
		v.files[e.child] = opinion{s, why}
	}
}

// of is the stance on a role under one of its delegators.
func (v *pythonView) of(e *edge) opinion {
	o := v.files[e.child]
	if e.ok || o.stance == finding.Refuses {
		return o
	}
	own, ok := v.edges[e]
	switch {
	case ok && own.stance >= o.stance:
		return own
	case o.stance == finding.May:
		return o
	}
	return opinion{finding.May, e.why}
}

// finds goes through the searches.
func (v *pythonView) finds(probes []probe) pythonFound {
	var out pythonFound
	if v.w.targets == nil || v.w.targets.content == nil {
		return out
	}
	for i := range probes {
		o := v.search(probes[i].path)
		if o.stance != finding.Refuses {
			continue
		}
		if out.refused++; out.why == "" {
			out.why = o.why
		}
		if len(out.first) < firstRefused {
			out.first = append(out.first, safe.Cut(probes[i].path, 100))
		}
	}
	return out
}

// search is what comes of one: Takes if it gives the target, Refuses if it does not, and
// May where that is not known.
func (v *pythonView) search(path string) opinion {
	digest := pathDigest(path)
	stack := []*edge{v.w.targets.in[0]}
	visited := map[*file]bool{}
	work, odd := maxCompared, ""
	for len(stack) > 0 && len(visited) <= v.w.limits.Visits {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		f := e.child
		if visited[f] {
			continue
		}
		if o := v.of(e); o.stance != finding.Takes {
			return opinion{o.stance, "role " + safe.Text(f.name) + ": " + o.why}
		}
		if f.content == nil {
			return opinion{finding.May, "role " + safe.Text(f.name) + " is not known"}
		}
		if f.content.target(path) != nil {
			return opinion{}
		}
		visited[f] = true
		o := f.content.out
		next, terminating, missing := v.next(o, path, digest, &work)
		if v.readsOtherwise(o) {
			odd = "; it reads patterns of " + safe.Text(f.name) + " otherwise than go-tuf does"
		}
		switch {
		case work < 0:
			return opinion{finding.May, "role " + safe.Text(f.name) + " delegates by more patterns than are compared for one target"}
		case missing != "" && o.cut:
			return opinion{finding.May, "role " + safe.Text(missing) + " was not looked at"}
		case missing != "":
			return opinion{finding.Refuses, "role " + safe.Text(missing) + " is not listed in the snapshot"}
		case terminating:
			stack = stack[:0]
		}
		slices.Reverse(next)
		stack = append(stack, next...)
	}
	where := safe.Cut(path, 100) + ": "
	if len(stack) > 0 {
		return opinion{finding.Refuses, fmt.Sprintf("%sit visits targets and at most %d more roles, and stops before it comes to it", where, v.w.limits.Visits)}
	}
	return opinion{finding.Refuses, where + "no delegation leads a search for it to a role that lists it" + odd}
}

// next gives the delegations that cover a path, in order, up to a terminating one. What is
// held against the path is taken from work.
func (v *pythonView) next(o *outEdges, path, digest string, work *int) (list []*edge, terminating bool, missing string) {
	if o == nil {
		return nil, false, ""
	}
	if o.succinct != nil {
		name := bin(o.succinct, path)
		if e := o.bins[name]; e != nil {
			return []*edge{e}, true, ""
		}
		return nil, true, name
	}
	add := func(d *out) bool {
		list = append(list, d.edge)
		terminating = d.terminating
		return !terminating
	}
	if v.readsOtherwise(o) {
		for _, d := range o.list {
			if *work -= len(d.paths) + len(d.prefixes); *work < 0 {
				break
			}
			if pythonCovers(d, path, digest) && !add(d) {
				break
			}
		}
		return list, terminating, ""
	}
	for i := range o.covered(path, digest, work) {
		if !add(o.list[i]) {
			break
		}
	}
	return list, terminating, ""
}

// readsOtherwise tells whether some pattern of a role has what Go and Python read
// otherwise.
func (v *pythonView) readsOtherwise(o *outEdges) bool {
	if o == nil {
		return false
	}
	odd, ok := v.odd[o]
	if !ok {
		odd = slices.ContainsFunc(o.list, func(d *out) bool {
			return slices.ContainsFunc(d.paths, func(p string) bool { return strings.ContainsAny(p, `[\`) })
		})
		v.odd[o] = odd
	}
	return odd
}

func pythonCovers(d *out, path, digest string) bool {
	if len(d.paths) == 0 {
		return d.covers(path, digest)
	}
	return slices.ContainsFunc(d.paths, func(p string) bool { return pythonMatch(p, path) })
}

// pythonMatch tells whether a path is in a pattern as python-tuf reads it: part by part
// between the slashes with Python's fnmatch. Other than in Go [!a] is what is not an a, a
// backslash is one, and so is a bracket that is not closed.
func pythonMatch(pattern, path string) bool {
	patterns, parts := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(patterns) != len(parts) {
		return false
	}
	for i := range parts {
		if !fnmatch([]rune(patterns[i]), []rune(parts[i])) {
			return false
		}
	}
	return true
}

// fnmatch is Python's fnmatch.fnmatchcase, without regular expressions.
func fnmatch(p, s []rune) bool {
	star, from := -1, 0 // the last star, and where what it stands for ends
	i, j := 0, 0
	for j < len(s) {
		if i < len(p) && p[i] == '*' {
			star, from = i, j
			i++
			continue
		}
		if i < len(p) {
			if n, ok := fnmatchOne(p[i:], s[j]); ok {
				i, j = i+n, j+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		i, j = star+1, from
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// fnmatchOne holds what a pattern begins with against a character, and tells how long that
// beginning is. A set is everything up to the first closing bracket behind its first
// character.
func fnmatchOne(p []rune, c rune) (n int, ok bool) {
	if p[0] == '?' {
		return 1, true
	}
	if p[0] != '[' {
		return 1, p[0] == c
	}
	end := 1
	if end < len(p) && p[end] == '!' {
		end++
	}
	if end < len(p) && p[end] == ']' {
		end++
	}
	for end < len(p) && p[end] != ']' {
		end++
	}
	if end >= len(p) {
		return 1, c == '['
	}
	set := p[1:end]
	not := set[0] == '!'
	if not {
		set = set[1:]
	}
	in := false
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			in = in || set[i] <= c && c <= set[i+2]
			i += 2
			continue
		}
		in = in || set[i] == c
	}
	return end + 1, in != not
}

// pythonKnows tells whether a key is of a type and scheme that securesystemslib 1.4
// registers for python-tuf. A file that lists another one is refused.
func pythonKnows(key *metadata.Key) bool {
	switch key.Type {
	case "ed25519":
		return key.Scheme == "ed25519"
	case "ecdsa":
		return key.Scheme == "ecdsa-sha2-nistp256" || key.Scheme == "ecdsa-sha2-nistp384" || key.Scheme == "ecdsa-sha2-nistp521"
	case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
		return key.Scheme == key.Type
	case "rsa":
		for _, padding := range []string{"rsassa-pss-sha", "rsa-pkcs1v15-sha"} {
			if bits, ok := strings.CutPrefix(key.Scheme, padding); ok && slices.Contains([]string{"224", "256", "384", "512"}, bits) {
				return true
			}
		}
	}
	return pythonPGP(key)
}

// pythonPGP tells whether a key is of a kind that python-tuf reads and go-tuf does not.
func pythonPGP(key *metadata.Key) bool {
	switch key.Type {
	case "rsa":
		return key.Scheme == "pgp+rsa-pkcsv1.5"
	case "dsa":
		return key.Scheme == "pgp+dsa-fips-180-2"
	case "eddsa":
		return key.Scheme == "pgp+eddsa-ed25519"
	}
	return false
}

// pythonSigned is what python-tuf makes of the signatures of a role that go-tuf refuses
// for them or for a key. It passes over keys that are not listed or cannot be used, and it
// counts ids: a key that is listed under two of them counts twice.
func pythonSigned(r *Role, e *edge) (s finding.Stance, why string) {
	s, why = pythonCount(r.Signers, r.Threshold, e)
	if r.BeforeThreshold > 0 {
		if before, w := pythonCount(r.Before, r.BeforeThreshold, e); before > s {
			s, why = before, w
		}
	}
	if s == finding.Takes && r.Expired {
		return finding.Refuses, "it has expired"
	}
	if s == finding.Takes && e != nil && e.child.content != nil && e.child.meta != nil && e.child.content.version != e.child.meta.Version {
		return finding.Refuses, "it is of another version than the snapshot lists"
	}
	return s, why
}

func pythonCount(list []Signer, threshold int, e *edge) (s finding.Stance, why string) {
	sure, twice, other := 0, 0, 0
	for i := range list {
		switch reason := list[i].Reason; {
		case list[i].Valid:
			sure++
		case strings.HasPrefix(reason, theSameKey):
			twice++
		case strings.HasPrefix(reason, notLookedAt), reason == overReceived:
			other++
		case strings.HasPrefix(reason, cannotBeRead):
			if e != nil {
				for id, key := range e.duty.keys {
					if safe.Text(id) == list[i].KeyID && key != nil && pythonPGP(key) {
						other++
					}
				}
			}
		}
	}
	switch {
	case len(list) > 0 && sure >= threshold:
		return finding.Takes, ""
	case sure+twice >= threshold && len(list) > 0:
		return finding.May, "it counts a key once for each of the ids under which it has signed"
	case sure+twice+other >= threshold:
		return finding.May, ""
	}
	return finding.Refuses, ""
}

// pythonPaths is what it makes of delegations without paths: an empty list is one.
func pythonPaths(c *content) finding.Stance {
	if c == nil || c.delegations == nil {
		return finding.May
	}
	for i := range c.delegations.Roles {
		if d := &c.delegations.Roles[i]; d.Paths == nil && d.PathHashPrefixes == nil {
			return finding.Refuses
		}
	}
	return finding.Takes
}
