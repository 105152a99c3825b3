package trust

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

const (
	// mostChanges is how many changed roles are told one by one.
	mostChanges = 100
	// mostNamed is how many names of one kind stand in one line, and mostPaths how many
	// targets of one kind are kept by name.
	mostNamed = 3
	mostPaths = 20
)

// Changes is what differs from what is remembered, after everything was accepted. All
// texts are printable and all lists are bounded.
type Changes struct {
	// Since is the reference time of the run that left the memory.
	Since time.Time `json:"since,omitzero"`
	// Forgotten says why the versions from before do not count any more (5.3.11), or is "".
	Forgotten string       `json:"forgotten,omitzero"`
	Roles     []RoleChange `json:"roles,omitzero"`      // the root and the top-level roles first
	RolesLeft int          `json:"roles_left,omitzero"` // how many more have changed
	// Targets are those that roles list, compared with TargetsSince: the latest run that
	// looked at target files; zero if there was none, or if this one does not.
	Targets      TargetChanges `json:"targets,omitzero"`
	TargetsSince time.Time     `json:"targets_since,omitzero"`
}

// Any tells whether anything has changed.
func (c *Changes) Any() bool {
	return c.Forgotten != "" || len(c.Roles) > 0 || c.Targets.any()
}

// RoleChange is a role that is new, gone, or not the same as before.
type RoleChange struct {
	Name        string   `json:"name,omitzero"`
	From        int64    `json:"from"` // versions; From is 0 for one that is new, To for one that nobody delegates to any more
	To          int64    `json:"to"`
	KeysAdded   []string `json:"keys_added,omitzero"`
	KeysRemoved []string `json:"keys_removed,omitzero"`
}

// TargetChanges counts targets by what became of them, with the first few paths of each.
type TargetChanges struct {
	Added        int      `json:"added,omitzero"`
	Removed      int      `json:"removed,omitzero"`
	Changed      int      `json:"changed,omitzero"`
	AddedPaths   []string `json:"added_paths,omitzero"`
	RemovedPaths []string `json:"removed_paths,omitzero"`
	ChangedPaths []string `json:"changed_paths,omitzero"`
}

func (c *TargetChanges) any() bool { return c.Added+c.Removed+c.Changed > 0 }

func (c *TargetChanges) add(o TargetChanges) {
	c.Added, c.Removed, c.Changed = c.Added+o.Added, c.Removed+o.Removed, c.Changed+o.Changed
	c.AddedPaths = few(c.AddedPaths, o.AddedPaths...)
	c.RemovedPaths = few(c.RemovedPaths, o.RemovedPaths...)
	c.ChangedPaths = few(c.ChangedPaths, o.ChangedPaths...)
}

func few(list []string, more ...string) []string {
	return append(list, more[:min(len(more), max(0, mostPaths-len(list)))]...)
}

// compareTargets says what became of a role's targets. Both lists are sorted by path.
// It takes less than a second for a million.
func compareTargets(was []RememberedTarget, now []Target) (c TargetChanges) {
	for i, k := 0, 0; i < len(was) || k < len(now); {
		var order int
		switch {
		case i == len(was):
			order = 1
		case k == len(now):
			order = -1
		default:
			order = strings.Compare(was[i].Path, now[k].Path)
		}
		switch {
		case order < 0:
			c.Removed++
			c.RemovedPaths = name(c.RemovedPaths, was[i].Path)
			i++
		case order > 0:
			c.Added++
			c.AddedPaths = name(c.AddedPaths, now[k].Path)
			k++
		default:
			if was[i].Sum != now[k].sum() {
				c.Changed++
				c.ChangedPaths = name(c.ChangedPaths, now[k].Path)
			}
			i, k = i+1, k+1
		}
	}
	return c
}

// name adds a path to a list that is not full.
func name(list []string, path string) []string {
	if len(list) == mostPaths {
		return list
	}
	return append(list, safe.Cut(path, 200))
}

// comparer gives a function for jobs that compares the targets of a role with those
// that are remembered, or nil if there is nothing to compare.
func (w *Walk) comparer(role string) func([]Target) TargetChanges {
	if w.before == nil || w.before.TargetsAt.IsZero() || w.cfg.MetadataOnly {
		return nil
	}
	var was []RememberedTarget
	if r := w.before.role(role); r != nil {
		was = r.Targets
	}
	return func(now []Target) TargetChanges { return compareTargets(was, now) }
}

// reportChanges says what has changed since the remembered run, once all is known.
func (w *Walk) reportChanges(s *Step) {
	if w.before == nil {
		return
	}
	c := w.changes()
	if reflect.DeepEqual(c, w.told) {
		return
	}
	w.told = c
	w.takeBack(s, aboutChanges)
	if s.Changes = c; c == nil {
		s.Changes = &Changes{} // what was said does not hold any more
		return
	}
	if c.Any() {
		w.sayAll(s, aboutChanges, finding.New(finding.ChangedSince, "repository", "since the run of %s: %s", moment(c.Since), c.String()))
	}
	jumps := 0
	for _, r := range c.Roles {
		if !jumped(r.From, r.To, w.before.At, w.cfg.At) {
			continue
		}
		if jumps++; jumps <= mostPaths {
			w.sayAll(s, aboutChanges, finding.New(finding.VersionJumped, r.Name, "from version %d to version %d since %s", r.From, r.To, moment(w.before.At)))
		}
	}
	if jumps > mostPaths {
		w.sayAll(s, aboutChanges, finding.New(finding.VersionJumped, "snapshot", "so it is with %d more roles", jumps-mostPaths))
	}
}

// changes compares the walk's end with the memory. It is nil as long as a client would
// not accept all of it.
func (w *Walk) changes() *Changes {
	root := w.roots.current
	if root == nil || w.roots.broken != "" || !w.tsOK || !w.snOK || w.cut || w.targets == nil || !w.targets.accepted {
		return nil
	}
	b := w.before
	c := &Changes{Since: b.At, Forgotten: w.forgot}
	if !w.cfg.MetadataOnly {
		c.TargetsSince = b.TargetsAt
	}
	var list []RoleChange
	note := func(r RoleChange) {
		if r.From != r.To || len(r.KeysAdded)+len(r.KeysRemoved) > 0 {
			list = append(list, r)
		}
	}
	top := func(name string, from, to int64) {
		was, now := rootDuty(b.root, name).ids, rootDuty(root, name).ids
		note(RoleChange{name, from, to, missingIn(was, now), missingIn(now, was)})
	}
	top(metadata.ROOT, b.root.Signed.Version, root.Signed.Version)
	top(metadata.TIMESTAMP, b.TimestampVersion, w.ts.Signed.Version)
	top(metadata.SNAPSHOT, b.SnapshotVersion, w.sn.Signed.Version)
	whole := true
	names := slices.Sorted(maps.Keys(w.files))
	slices.SortStableFunc(names, func(x, y string) int { // targets is one of the top-level roles
		return cmp.Compare(b2i(y == metadata.TARGETS), b2i(x == metadata.TARGETS))
	})
	for _, name := range names {
		f := w.files[name]
		whole = whole && f.content != nil
		if !f.accepted {
			continue
		}
		r := RoleChange{Name: safe.Cut(name, 100), To: f.content.version}
		if was := b.role(name); was != nil {
			now := f.keys()
			r.From, r.KeysAdded, r.KeysRemoved = was.Version, missingIn(was.Keys, now), missingIn(now, was.Keys)
		}
		note(r)
		c.Targets.add(f.content.changes)
	}
	for i := range b.Roles {
		if was := &b.Roles[i]; whole && w.files[was.Name] == nil {
			note(RoleChange{Name: safe.Cut(was.Name, 100), From: was.Version})
			if compare := w.comparer(was.Name); compare != nil {
				c.Targets.add(compare(nil))
			}
		}
	}
	c.Roles = list[:min(len(list), mostChanges)]
	c.RolesLeft = len(list) - len(c.Roles)
	return c
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// missingIn gives those that are in b and not in a, printable, the beginnings of them.
func missingIn(a, b []string) []string {
	var out []string
	for _, id := range b {
		if !slices.Contains(a, id) && len(out) < mostPaths {
			out = append(out, short(id))
		}
	}
	return out
}

// String says in one line what has changed.
func (c *Changes) String() string {
	var parts, moved, added, gone []string
	for _, r := range c.Roles {
		switch {
		case r.From == 0:
			added = append(added, r.Name)
		case r.To == 0:
			gone = append(gone, r.Name)
		case r.From != r.To:
			moved = append(moved, fmt.Sprintf("%s v%d to v%d", r.Name, r.From, r.To))
		}
	}
	say := func(what string, list []string, n int) {
		if n > 0 {
			parts = append(parts, what+named(list, n))
		}
	}
	const top = 5 // all of the top-level roles fit
	if len(moved) > 0 {
		parts = append(parts, strings.Join(moved[:min(len(moved), top)], ", "))
		if more := len(moved) + c.RolesLeft - top; more > 0 {
			parts[len(parts)-1] += fmt.Sprintf(" and %d more", more)
		}
	}
	say("new roles: ", added, len(added))
	say("roles that nobody delegates to any more: ", gone, len(gone))
	var keys []string
	for _, r := range c.Roles {
		if len(r.KeysAdded)+len(r.KeysRemoved) > 0 {
			keys = append(keys, fmt.Sprintf("%s +%d -%d", r.Name, len(r.KeysAdded), len(r.KeysRemoved)))
		}
	}
	say("keys: ", keys, len(keys))
	say("targets added: ", c.Targets.AddedPaths, c.Targets.Added)
	say("targets removed: ", c.Targets.RemovedPaths, c.Targets.Removed)
	say("targets changed: ", c.Targets.ChangedPaths, c.Targets.Changed)
	if c.Forgotten != "" {
		parts = append(parts, "versions from before do not count any more: "+c.Forgotten)
	}
	if len(parts) == 0 {
		return "nothing has changed"
	}
	return strings.Join(parts, "; ")
}

// named gives the first few of n names, and how many more there are.
func named(list []string, n int) string {
	s := strings.Join(list[:min(len(list), mostNamed)], ", ")
	if n > mostNamed {
		s += fmt.Sprintf(" and %d more", n-mostNamed)
	}
	return s
}

const (
	// jump is how far versions may go at once without anybody wondering.
	jump = 1 << 20
	// jumpEach is how many versions a second are believed: none of those who sign that
	// often has been seen.
	jumpEach = 100
)

// jumped tells whether a version has gone up by far more than the time since explains.
// Versions that are moments themselves are as far apart as those.
func jumped(from, to int64, was, now time.Time) bool {
	if from <= 0 || to <= from || to-from <= jump {
		return false
	}
	seconds := max(1, int64(now.Sub(was)/time.Second))
	return to-from > jumpEach*seconds && !(isMoment(from, now) && isMoment(to, now))
}

// isMoment tells whether a version can be read as a moment between the year 2001 and a
// day from now: seconds, milliseconds or microseconds since 1970, or a date in digits
// with anything behind it (20260301, 202603011200, 2026030102).
func isMoment(v int64, now time.Time) bool {
	until := now.Add(day)
	for unit := int64(1); unit <= 1_000_000; unit *= 1000 {
		if v/unit >= 1_000_000_000 && v/unit <= until.Unix() {
			return true
		}
	}
	digits := fmt.Sprint(v)
	if len(digits) < 8 {
		return false
	}
	t, err := time.Parse("20060102", digits[:8])
	return err == nil && t.Year() >= 2001 && !t.After(until)
}
