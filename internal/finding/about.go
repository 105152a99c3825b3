package finding

import (
	"maps"
	"strings"
)

// about is what there is to read about a kind beyond its line.
type about struct {
	rule string // sections of the TUF specification 1.0.34, as "5.3.4"; other sources in words; "" if it is nobody's rule
	text string // two to five sentences: what it means, how it comes about, how to tell causes apart
}

// abouts are the long texts of all kinds, in a file for each section beside its kinds.
var abouts = gather(aboutTrust, aboutExpiry, aboutKeys, aboutFiles, aboutDelegations, aboutTargets, aboutTransport, aboutMemory, aboutRun)

func gather(parts ...map[ID]about) map[ID]about {
	all := map[ID]about{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

// About gives what the kind means in two to five sentences: how it comes about, and how
// to tell its causes apart.
func (k Kind) About() string { return abouts[k.ID].text }

// Rule says where the rule behind the kind stands: "TUF specification 1.0.34, section
// 5.3.4", or another source in words. It is "" where there is none.
func (k Kind) Rule() string {
	r := abouts[k.ID].rule
	switch {
	case r == "" || r[0] < '0' || r[0] > '9':
		return r
	case strings.Contains(r, ","):
		return "TUF specification 1.0.34, sections " + r
	}
	return "TUF specification 1.0.34, section " + r
}

// Means says what a severity stands for, as a person reads it.
func (s Severity) Means() string {
	switch s {
	case Info:
		return "worth knowing, and changes no verdict"
	case Warning:
		return "works today, and needs attention"
	case Unknown:
		return "could not be decided; nothing is proved to be wrong"
	case Critical:
		return "proved by bytes: a client refuses this, or gets something else than was signed"
	}
	return s.String()
}
