package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// roles gives the roles in an order that the repository alone decides: the
// versions of the root, timestamp, snapshot, targets, then the delegations as a
// search walks them, those of one delegator by name. The order in which files
// arrived decides nothing.
func roles(st *engine.State) []Role {
	where := roleURLs(st)
	out := make([]Role, 0, len(st.Roles))
	add := func(i int) { out = append(out, role(&st.Roles[i], &where)) }

	var roots, rest []int
	var top [3][]int
	for i := range st.Roles {
		r := &st.Roles[i]
		switch {
		case r.Parent == "":
			roots = append(roots, i)
		case r.Parent == "root" && topRank(r.Name) >= 0:
			top[topRank(r.Name)] = append(top[topRank(r.Name)], i)
		default:
			rest = append(rest, i)
		}
	}
	slices.SortStableFunc(roots, func(a, b int) int { return compareRoots(&st.Roles[a], &st.Roles[b]) })
	for _, i := range roots {
		add(i)
	}
	for _, group := range top {
		for _, i := range group {
			add(i)
		}
	}
	for _, i := range delegated(st.Roles, rest) {
		add(i)
	}
	return out
}

func topRank(name string) int {
	return slices.Index([]string{"timestamp", "snapshot", "targets"}, name)
}

// compareRoots puts versions that were not read last.
func compareRoots(a, b *trust.Role) int {
	if (a.Version == 0) != (b.Version == 0) {
		return cmp.Compare(b.Version, a.Version)
	}
	return cmp.Compare(a.Version, b.Version)
}

// delegated orders edges as a depth-first search from targets meets them, and goes
// into each role once. Edges that it does not reach follow by name.
func delegated(rs []trust.Role, edges []int) []int {
	children := map[string][]int{}
	for _, i := range edges {
		children[rs[i].Parent] = append(children[rs[i].Parent], i)
	}
	for _, c := range children {
		slices.SortStableFunc(c, func(a, b int) int {
			return cmp.Or(cmp.Compare(rs[a].Name, rs[b].Name), cmp.Compare(rs[a].Version, rs[b].Version))
		})
	}
	out := make([]int, 0, len(edges))
	// A stack of its own: the depth is the repository's to choose.
	var stack []int
	push := func(parent string) {
		c := children[parent]
		delete(children, parent)
		for _, i := range slices.Backward(c) {
			stack = append(stack, i)
		}
	}
	drain := func() {
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			out = append(out, i)
			push(rs[i].Name)
		}
	}
	push("targets")
	drain()
	for _, parent := range slices.Sorted(maps.Keys(children)) {
		push(parent) // nothing, if an earlier one has led here
		drain()
	}
	return out
}

// urls has the address of each role's file. A root's file is known by its name,
// which has the version: one role asks for several of them. The others are known
// by their role, and for the further edges of a role with several delegators by
// the role's name.
type urls struct {
	roots  map[string]string
	byRole map[trust.RoleID]string
	byName map[string]string
}

// roleURLs collects the addresses of the run's metadata files.
func roleURLs(st *engine.State) urls {
	u := urls{map[string]string{}, map[trust.RoleID]string{}, map[string]string{}}
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		switch {
		case it.Kind != engine.Metadata:
		case it.RoleName == "root":
			u.roots[it.Path] = it.URL()
		default:
			u.byRole[it.Role] = it.URL()
			u.byName[it.RoleName] = it.URL()
		}
	}
	return u
}

// of is the address of a role's file, or "" if the run did not fetch it.
func (u *urls) of(r *trust.Role) string {
	if r.Parent == "" {
		return u.roots[fmt.Sprintf("%d.root.json", r.Version)]
	}
	return cmp.Or(u.byRole[r.ID], u.byName[r.Name])
}

// role takes what a report says of a role.
func role(r *trust.Role, u *urls) Role {
	out := Role{
		Name:       safe.Text(r.Name),
		Parent:     safe.Text(r.Parent),
		Version:    r.Version,
		State:      r.State.String(),
		Threshold:  r.Threshold,
		Signatures: signatures(r.Signers),
		Size:       r.Size,
		SHA256:     safe.Text(r.SHA256),
		URL:        safe.Text(u.of(r)),
		Problem:    safe.Text(r.Problem),
		Shipped:    r.Shipped.String(),
		current:    r.Current,
		expired:    r.Expired,
		soon:       r.Soon,
		expires:    r.Expires,
	}
	if !r.Expires.IsZero() {
		out.Expires = stamp(r.Expires)
	}
	if len(r.Before) > 0 {
		out.SignaturesBefore, out.ThresholdBefore = signatures(r.Before), r.BeforeThreshold
	}
	return out
}

func signatures(list []trust.Signer) []Signature {
	out := make([]Signature, 0, len(list))
	for _, s := range list {
		out = append(out, Signature{safe.Text(s.KeyID), safe.Text(s.Owner), s.Valid, safe.Text(s.Reason)})
	}
	return out
}

// counted counts the keys whose signature verifies.
func counted(list []Signature) int {
	n := 0
	for i := range list {
		if list[i].Valid {
			n++
		}
	}
	return n
}
