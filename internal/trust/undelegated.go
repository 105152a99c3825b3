package trust

import (
	"slices"
	"strings"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// maxUndelegated is how many roles without a delegator are named one by one.
const maxUndelegated = 100

// reportUndelegated notes roles that the snapshot lists and nobody delegates to,
// once every delegation is known, at the walk's end.
func (w *Walk) reportUndelegated(s *Step) {
	if !w.changed {
		return
	}
	w.takeBack(s, aboutUndelegated)
	if w.sn == nil || w.targets == nil || w.cut {
		return
	}
	for _, f := range w.files {
		if f.content == nil {
			return // what it delegates to is not known
		}
	}
	w.changed = false
	var names []string
	for name := range w.sn.Signed.Meta {
		if name, ok := strings.CutSuffix(name, ".json"); ok && w.files[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		if i == maxUndelegated {
			w.sayAll(s, aboutUndelegated, finding.New(finding.UndelegatedRole, "snapshot", "lists %d more roles that nobody delegates to", len(names)-i))
			return
		}
		w.sayAll(s, aboutUndelegated, finding.New(finding.UndelegatedRole, safe.Text(name), "the snapshot lists it and no role delegates to it"))
	}
}
