package report

import (
	"fmt"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// Client is whether a client that starts from the same trusted root, and remembers
// nothing, would accept the repository.
type Client struct {
	Client  string `json:"client"`
	Version string `json:"version"`
	Basis   string `json:"basis"`          // measured: it was asked itself; rules: from its sources
	Verdict string `json:"verdict"`        // accepts, refuses or unknown
	Role    string `json:"role,omitempty"` // the first that it refuses, or that cannot be told
	Why     string `json:"why,omitempty"`
	// Targets are those that some role lists.
	Targets ClientTargets `json:"targets"`
}

// ClientTargets are what a client makes of the listed targets.
type ClientTargets struct {
	Listed  int `json:"listed"`
	Asked   int `json:"asked"`   // how many the client itself, or its rules for a search, were asked for
	Refused int `json:"refused"` // of those asked for; of all, if a top-level role is refused
	// First are the first of those that were asked for and that it refuses.
	First []string `json:"first,omitempty"`
	Why   string   `json:"why,omitempty"`
}

func clients(st *engine.State) []Client {
	out := make([]Client, 0, len(st.Clients))
	for i := range st.Clients {
		v := &st.Clients[i]
		c := Client{
			Client: safe.Text(v.Client), Version: safe.Text(v.Version), Basis: "rules", Verdict: v.State.String(),
			Role: safe.Text(v.Role), Why: safe.Text(v.Why),
			Targets: ClientTargets{Listed: v.Listed, Asked: v.Asked, Refused: v.Refused, Why: safe.Text(v.Partly)},
		}
		if v.Measured {
			c.Basis = "measured"
		}
		for _, p := range v.First {
			c.Targets.First = append(c.Targets.First, safe.Text(p))
		}
		out = append(out, c)
	}
	return out
}

// ClientLine says in one line what clients make of the repository, those that agree
// together: "go-tuf accepts the metadata; python-tuf, tough refuse timestamp: …". It is "" when
// they were not asked.
func ClientLine(list []trust.ClientVerdict) string {
	var parts []string
	first := ""
	if len(list) > 0 && list[0].Anew {
		first = "without a memory of it: "
	}
	for i := 0; i < len(list); {
		n := i + 1
		for n < len(list) && sameVerdict(&list[i], &list[n]) {
			n++
		}
		parts = append(parts, clientPart(list[i:n], n-i == len(list)))
		i = n
	}
	if len(parts) == 0 {
		return ""
	}
	return first + strings.Join(parts, "; ")
}

func sameVerdict(a, b *trust.ClientVerdict) bool {
	if a.State == trust.ClientAccepts && a.Measured != b.Measured {
		return false // the one has been seen, the other is concluded
	}
	return a.State == b.State && a.Role == b.Role && a.Partly == "" && b.Partly == "" && (a.State != trust.ClientUnknown || a.Why == b.Why)
}

// clientPart is the line's part for clients that agree; all says that these are all.
// Why all of them refuse the same role stands with that role.
func clientPart(list []trust.ClientVerdict, all bool) string {
	var names []string
	for i := range list {
		names = append(names, list[i].Client)
	}
	who, v, one := strings.Join(names, ", "), &list[0], len(list) == 1
	switch v.State {
	case trust.ClientAccepts:
		// Of target files it says nothing: a client meets one that is corrupt later.
		what := " the metadata"
		switch {
		case v.Holes:
			what = " the top-level roles"
		case !v.Measured:
			what = " it"
		}
		s := who + " " + number(one, "accepts", "accept") + what
		if !v.Measured {
			s += ", by " + number(one, "its", "their") + " source code"
		}
		if v.Refused > 0 {
			of := "of " + measure.Count(v.Listed, "target")
			if v.Asked < v.Listed {
				of = "of " + measure.Count(v.Asked, "target") + " that it was asked for"
			}
			by := ","
			if !v.Measured {
				by = ", by its source code,"
			}
			s = fmt.Sprintf("%s accepts the top-level roles%s and does not give %s %s: %s", who, by, measure.Digits(v.Refused), of, v.Partly)
		}
		return s
	case trust.ClientRefuses:
		s := who + " " + number(one, "refuses", "refuse") + " " + v.Role
		if !all {
			s += ": " + v.Why
		}
		return s
	}
	if v.Role != "" {
		return who + " unknown at " + v.Role + ": " + v.Why
	}
	return who + " unknown: " + v.Why
}

func number(one bool, singular, plural string) string {
	if one {
		return singular
	}
	return plural
}
