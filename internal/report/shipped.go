package report

import (
	"fmt"

	"example.com/tufinspect/internal/trust"
)

// shipped says which of the older roots still work for clients that ship one of them.
func (t *text) shipped() {
	var groups []shippedGroup
	current := "the trusted one"
	for i := range t.r.Roles {
		r := &t.r.Roles[i]
		switch {
		case r.Parent != "":
		case r.Shipped != "":
			n := len(groups)
			if n == 0 || groups[n-1].fate != r.Shipped || groups[n-1].last+1 != r.Version {
				groups = append(groups, shippedGroup{r.Version, r.Version, r.Shipped})
				continue
			}
			groups[n-1].last = r.Version
		case r.current && r.State == trust.Accepted.String():
			current = "the current one"
		}
	}
	// The trusted one itself, where that cannot be joined with those before it.
	if root, n := t.r.Repository.Root, len(groups); root != nil && n > 0 && current == "the current one" {
		if g := &groups[n-1]; g.fate != trust.ShippedWorks.String() || g.last+1 != root.Version {
			groups = append(groups, shippedGroup{root.Version, root.Version, trust.ShippedWorks.String()})
		} else {
			g.last = root.Version
		}
	}
	label := "shipped"
	for i, g := range groups {
		m, what := "✗", "cannot start"
		who := "root " + g.versions()
		switch g.fate {
		case trust.ShippedWorks.String():
			m, what = "✓", "get to "+current
			if root := t.r.Repository.Root; i == len(groups)-1 && root != nil && root.Version == g.last {
				who = fmt.Sprintf("root v%d or later", g.first)
			}
		case trust.ShippedStranded.String():
			what = "stop on the way"
		}
		t.row(label, "%s go-tuf's clients that ship %s %s", t.mark(m), who, what)
		label = ""
	}
}

// shippedGroup is a range of older roots with the same fate.
type shippedGroup struct {
	first, last int64
	fate        string
}

func (g shippedGroup) versions() string {
	if g.first == g.last {
		return fmt.Sprintf("v%d", g.first)
	}
	return fmt.Sprintf("v%d to v%d", g.first, g.last)
}
