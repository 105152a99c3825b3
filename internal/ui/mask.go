package ui

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
)

// mask takes the names of hosts and of the repository out of what is drawn, so that a
// picture of the screen can be shown around. A name leaves as many cells as it had:
// nothing on screen moves. The names of targets and roles stay.
type mask struct{ secrets *strings.Replacer }

func (k *mask) of(text string) string { return k.secrets.Replace(text) }

// maskOf makes the mask for what a run's state names: its addresses, their hosts, and
// the addresses that were connected to.
func maskOf(st *engine.State, dot string) *mask {
	var secrets []string
	add := func(s string) {
		// Very short names are in every other word.
		if len(s) >= 3 {
			secrets = append(secrets, s)
		}
	}
	for _, address := range [...]string{st.Run.Repository, st.Run.MetadataURL, st.Run.TargetsURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			add(address)
			continue
		}
		add(u.Host)
		add(u.Hostname())
		for _, p := range strings.Split(strings.Trim(u.Path, "/"), "/") {
			if p != "metadata" && p != "targets" { // they say nothing of whose they are
				add("/" + p)
			}
		}
	}
	for i := range st.Hosts {
		for _, s := range [...]string{st.Hosts[i].Host, st.Hosts[i].Address} {
			if s == "local" {
				continue
			}
			add(s)
			if host, _, err := net.SplitHostPort(s); err == nil {
				add(host)
			}
		}
	}
	for _, inv := range st.Probes {
		for i := range inv.Steps {
			s := inv.Steps[i].Address
			add(s)
			if host, _, err := net.SplitHostPort(s); err == nil {
				add(host)
			}
		}
	}
	// The longest first: a name may be a part of another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	secrets = slices.Compact(secrets)
	var pairs []string
	for _, s := range secrets {
		pairs = append(pairs, s, strings.Repeat(dot, widthOf(s)))
	}
	return &mask{strings.NewReplacer(pairs...)}
}
