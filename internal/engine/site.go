package engine

import (
	"strings"

	"example.com/tufinspect/internal/trust"
)

// Site says where files are. Their addresses are long and alike: all targets whose
// addresses are made of the same parts share one, and [ItemSpec.URL] puts them
// together. It is not changed any more once it is made.
type Site struct {
	before, after string // an address is a file's name between these
	named         bool   // with the name in it; else before is the address of the one file
	hashed        bool   // the name has the file's hash in it
}

// SiteOf gives the site of one file by its address.
func SiteOf(url string) *Site { return &Site{before: url} }

// Base is what the addresses begin with: scheme, host and at least a part of the path.
// "" for none.
func (t *Site) Base() string {
	if t == nil {
		return ""
	}
	return t.before
}

// siteFor gives the site of a target with this address, whose file has this name: the
// one at hand, if that leads to the same address. The name has to be what
// [ItemSpec.fileName] gives.
func siteFor(at *Site, name, url string, hashed bool) *Site {
	if at != nil && at.named && at.hashed == hashed && at.leads(name, url) {
		return at
	}
	if i := strings.LastIndex(url, name); i >= 0 && name != "" {
		return &Site{before: strings.Clone(url[:i]), after: strings.Clone(url[i+len(name):]), named: true, hashed: hashed}
	}
	return SiteOf(url) // something in the name had to be escaped
}

// leads tells whether the address of a file with this name is this one.
func (t *Site) leads(name, url string) bool {
	rest, ok := strings.CutPrefix(url, t.before)
	if !ok {
		return false
	}
	rest, ok = strings.CutSuffix(rest, t.after)
	return ok && rest == name
}

// URL is the address of the file, escaped; "" if its name cannot be fetched safely.
func (s *ItemSpec) URL() string {
	switch t := s.Site; {
	case t == nil:
		return ""
	case !t.named:
		return t.before
	default:
		return t.before + s.fileName(t.hashed) + t.after
	}
}

// fileName is a target's name as far as it can be told from its printable path.
func (s *ItemSpec) fileName(hashed bool) string {
	if !hashed {
		return s.Path
	}
	return trust.HashedName(s.Path, s.Hashes[s.ID-s.Of].Sum)
}

// SiteParts are what a site is made of, for those who write it down.
type SiteParts struct {
	Before string `json:"before"`          // an address is a file's name between this
	After  string `json:"after,omitzero"`  // and this
	Named  bool   `json:"named,omitzero"`  // with the name in it; else Before is the address of the one file
	Hashed bool   `json:"hashed,omitzero"` // the name has the file's hash in it
}

// Parts takes a site apart.
func (t *Site) Parts() SiteParts { return SiteParts{t.before, t.after, t.named, t.hashed} }

// Site puts a site together.
func (p SiteParts) Site() *Site { return &Site{p.Before, p.After, p.Named, p.Hashed} }
