package trust

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// rootForms are rules about the roots of which no finding tells: the current one, and
// those on the way to it that were kept.
func (g *ruler) rootForms() {
	c := &g.w.roots
	g.rootForm(g.w.role(c.role), c.current)
	for _, slot := range c.slots {
		if slot.before == nil || slot.version <= c.anchor.Version || slot.before == c.current {
			continue
		}
		version := slot.before.Signed.Version
		if i := slices.IndexFunc(g.w.roles, func(r Role) bool { return r.Parent == "" && r.Version == version }); i >= 0 {
			g.rootForm(&g.w.roles[i], slot.before)
		}
	}
}

func (g *ruler) rootForm(r *Role, root *metadata.Metadata[metadata.RootType]) {
	topLevel := []string{metadata.ROOT, metadata.TIMESTAMP, metadata.SNAPSHOT, metadata.TARGETS}
	for _, name := range sortedNames(root.Signed.Roles) {
		if !slices.Contains(topLevel, name) {
			g.say(r, finding.Refuses, finding.Refuses, "it states a role of another name: "+safe.Cut(name, 40))
			return
		}
	}
	for _, name := range topLevel {
		if root.Signed.Roles[name] == nil {
			g.say(r, finding.Refuses, finding.May, "it does not state the role "+name)
			return
		}
	}
	g.positive(r, r.Version)
	g.keys(r, root.Signed.Keys)
	for _, name := range topLevel {
		g.duty(r, root.Signed.Roles[name].KeyIDs, root.Signed.Roles[name].Threshold)
	}
}

// rootEnd is that both stop where nobody knows whether there is a further root.
func (g *ruler) rootEnd() {
	c := &g.w.roots
	if slot := c.slots[c.next]; slot != nil && slot.state == slotFailed && slot.answer.Status != http.StatusForbidden {
		g.blind(g.w.role(c.role), rootName(slot.version)+" could not be fetched")
	}
}

// positive is the rule that versions count from one.
func (g *ruler) positive(r *Role, version int64) {
	if version <= 0 && r.Size > 0 {
		g.form(r, finding.Refuses, "its version is not above 0")
	}
}

// form says that python-tuf refuses a file of which no finding tells, and what tough
// makes of it.
func (g *ruler) form(r *Role, tough finding.Stance, why string) {
	g.python.file(g.edges[r.ID], finding.Refuses, why)
	g.say(r, finding.Refuses, tough, why)
}

// duty is python-tuf's rule that a key id stands once in a role, and the rule of both
// that somebody has to sign it.
func (g *ruler) duty(r *Role, ids []string, threshold int) {
	if threshold < 1 {
		g.form(r, finding.Refuses, "it sets a threshold below 1")
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			g.form(r, finding.Takes, "it names a key id twice for one role")
			return
		}
		seen[id] = true
	}
}

// keys is python-tuf's rule that it knows the type and scheme of each key that a file
// lists, whether or not a role names it.
func (g *ruler) keys(r *Role, keys map[string]*metadata.Key) {
	for _, id := range sortedNames(keys) {
		if key := keys[id]; key == nil || !pythonKnows(key) {
			g.form(r, finding.May, "it lists a key that cannot be read: "+shownKey(id, key))
			return
		}
	}
}

func shownKey(id string, key *metadata.Key) string {
	if key == nil {
		return short(id)
	}
	return short(id) + " of the type " + safe.Cut(key.Type, 32) + " with the scheme " + safe.Cut(key.Scheme, 32)
}

// timestampForm are rules about what timestamp and snapshot list. tough's is that the
// timestamp lists the snapshot and nothing else.
func (g *ruler) timestampForm() {
	if ts := g.w.ts; ts != nil {
		r := g.w.role(g.w.timestamp.role)
		g.positive(r, ts.Signed.Version)
		if len(ts.Signed.Meta) > 1 {
			g.say(r, finding.Takes, finding.Refuses, "it lists more than snapshot.json")
		}
		m := ts.Signed.Meta["snapshot.json"]
		if m != nil && (m.Length == 0 || len(m.Hashes) == 0) {
			g.say(r, finding.Takes, finding.May, "it lists the snapshot without its length or hashes")
		}
		g.listed(r, m)
	}
	if sn := g.w.sn; sn != nil {
		r := g.w.role(g.w.snapshot.role)
		g.positive(r, sn.Signed.Version)
		for _, m := range sn.Signed.Meta {
			if g.listed(r, m) {
				break
			}
		}
	}
}

// listed is the rule that what is listed of a file is possible, and tells whether it is
// broken.
func (g *ruler) listed(r *Role, m *metadata.MetaFiles) bool {
	switch {
	case m == nil:
		return false
	case m.Version <= 0:
		g.say(r, finding.Refuses, finding.Refuses, "it lists a file with a version that is not above 0")
	case m.Length < 0:
		g.say(r, finding.Refuses, finding.Refuses, "it lists a file with a length below 0")
	default:
		return false
	}
	return true
}

// fileBytes is that python-tuf holds a file against what the snapshot lists before it
// reads it: where it cannot be read either, the finding is about that.
func (g *ruler) fileBytes(f *file) {
	if f.meta == nil || !f.asked || f.absent != "" || f.waiting {
		return
	}
	r := g.w.role(f.in[0].role)
	if f.meta.Length > 0 && f.size != f.meta.Length {
		g.form(r, finding.May, fmt.Sprintf("it is %d bytes long, and the snapshot lists %d", f.size, f.meta.Length))
		return
	}
	if sum, ok := f.meta.Hashes["sha256"]; ok && !bytes.Equal(sum, f.digest[:]) {
		g.form(r, finding.Refuses, "its sha256 is not the one that the snapshot lists")
	}
}

// fileForms are rules about a targets role of which no finding tells.
func (g *ruler) fileForms(f *file) {
	c := f.content
	if c == nil {
		return
	}
	r := g.w.role(f.in[0].role)
	g.positive(r, c.version)
	for i := range c.targets {
		if c.targets[i].Length < 0 {
			g.form(r, finding.Refuses, "it lists a target with a length below 0")
			break
		}
	}
	if c.succinct() {
		g.say(r, finding.Takes, finding.Refuses, "it delegates to succinct roles")
	}
	d := c.delegations
	if d == nil {
		return
	}
	g.keys(r, d.Keys)
	for i := range d.Roles {
		g.duty(r, d.Roles[i].KeyIDs, d.Roles[i].Threshold)
		if d.Roles[i].Name == "" {
			g.form(r, finding.May, "it delegates to a role without a name")
		}
	}
	switch s := d.SuccinctRoles; {
	case (s == nil) == (d.Roles == nil):
		g.form(r, finding.May, "its delegations have to be either a list of roles or succinct roles")
	case s != nil:
		g.duty(r, s.KeyIDs, s.Threshold)
		if !validBits(s) {
			g.form(r, finding.Takes, "it delegates to succinct roles of an impossible number")
		}
	}
}

func sortedNames[T any](m map[string]T) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
