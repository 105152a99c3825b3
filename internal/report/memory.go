package report

import (
	"slices"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// Memory is what is remembered of the last run of full success, and what has changed
// since.
type Memory struct {
	Since string `json:"since"` // its reference time
	// Changes is nil as long as a client would not accept everything: then it is not
	// compared.
	Changes *Changes `json:"changes"`
}

// Changes are what is not the same as before.
type Changes struct {
	// Forgotten says why versions from before do not count any more: keys were replaced.
	Forgotten string       `json:"forgotten,omitempty"`
	Roles     []RoleChange `json:"roles"`
	RolesLeft int          `json:"roles_left,omitempty"` // how many more there are
	// Targets is nil when no run has looked at target files before, or this one does not.
	Targets *TargetChanges `json:"targets"`
}

// RoleChange is a role that has changed. From is 0 for a new one, To for one that
// nobody delegates to any more.
type RoleChange struct {
	Name        string   `json:"name"`
	From        int64    `json:"from"`
	To          int64    `json:"to"`
	KeysAdded   []string `json:"keys_added,omitempty"` // the beginnings of their ids
	KeysRemoved []string `json:"keys_removed,omitempty"`
}

// TargetChanges count the entries of all roles, with the first few paths of each kind.
type TargetChanges struct {
	Since        string   `json:"since"` // when target files were looked at last
	Added        int      `json:"added"`
	Removed      int      `json:"removed"`
	Changed      int      `json:"changed"`
	AddedPaths   []string `json:"added_paths,omitempty"`
	RemovedPaths []string `json:"removed_paths,omitempty"`
	ChangedPaths []string `json:"changed_paths,omitempty"`
}

// remembered gives what is remembered, and a line of what has changed.
func remembered(st *engine.State) (*Memory, string) {
	if st.Run.Remembered.IsZero() {
		return nil, ""
	}
	m := &Memory{Since: stamp(st.Run.Remembered)}
	c := &st.Changes
	if c.Since.IsZero() {
		return m, ""
	}
	m.Changes = &Changes{Forgotten: safe.Text(c.Forgotten), Roles: []RoleChange{}, RolesLeft: c.RolesLeft}
	for _, r := range c.Roles {
		m.Changes.Roles = append(m.Changes.Roles, RoleChange{safe.Text(r.Name), r.From, r.To, printable(r.KeysAdded), printable(r.KeysRemoved)})
	}
	if t := &c.Targets; !c.TargetsSince.IsZero() {
		m.Changes.Targets = &TargetChanges{
			stamp(c.TargetsSince), t.Added, t.Removed, t.Changed,
			printable(t.AddedPaths), printable(t.RemovedPaths), printable(t.ChangedPaths),
		}
	}
	if !c.Any() {
		return m, ""
	}
	return m, sinceLine(c)
}

func sinceLine(c *trust.Changes) string {
	return c.Since.UTC().Format("2006-01-02 15:04 MST") + ", the last run: " + safe.Text(c.String())
}

func printable(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = safe.Text(list[i])
	}
	return list
}
