package trust

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"example.com/tufinspect/internal/finding"
)

// mostReread is how many bytes of metadata are read once more for what go-tuf takes and
// python-tuf does not, since that is done on the owner's goroutine: some tens of
// milliseconds.
const mostReread = 4 << 20

// bytesOf are rules about files as they came, which go-tuf's types do not show any more.
func (g *ruler) bytesOf() {
	left := mostReread
	look := func(r *Role, data []byte) {
		switch {
		case len(data) == 0:
		case !utf8.Valid(data):
			g.form(r, finding.May, "it is not UTF-8")
		case len(data) <= left:
			left -= len(data)
			if why := pythonRereads(data, r.State == Accepted); why != "" {
				g.form(r, finding.May, why)
			}
		}
	}
	c := &g.w.roots
	look(g.w.role(c.role), c.data)
	for _, t := range []*topFile{&g.w.timestamp, &g.w.snapshot} {
		if t.hasRole && t.shown != nil {
			look(g.w.role(t.role), t.shown.data)
		}
	}
	for _, f := range g.w.byNeed() {
		data := f.data
		if data == nil && f.shown != nil {
			data = f.shown.data
		}
		look(g.w.role(f.in[0].role), data)
	}
}

// listedHashes are the hashes of an entry in meta or targets, nil if that is null.
type listedHashes *struct {
	Hashes map[string]string `json:"hashes"`
}

// pythonRereads says why python-tuf refuses a file that go-tuf may have accepted, or "":
// go-tuf takes null for nothing, a signature without its fields for one by nobody, and
// hashes in capitals for the same in small letters, over which it verifies: what it
// accepts so was signed in small letters, and python-tuf verifies over capitals.
func pythonRereads(data []byte, accepted bool) string {
	var doc struct {
		Signatures []struct {
			KeyID *string `json:"keyid"`
			Sig   *string `json:"sig"`
		} `json:"signatures"`
		Signed struct {
			Type    string                  `json:"_type"`
			Meta    map[string]listedHashes `json:"meta"`
			Targets map[string]listedHashes `json:"targets"`
		} `json:"signed"`
	}
	if json.Unmarshal(data, &doc) != nil {
		return "" // a finding says so
	}
	for _, s := range doc.Signatures {
		if s.KeyID == nil || s.Sig == nil {
			return "a signature has no keyid or no sig"
		}
	}
	if doc.Signed.Type == "targets" && doc.Signed.Targets == nil {
		return "its targets are null"
	}
	for _, list := range []map[string]listedHashes{doc.Signed.Meta, doc.Signed.Targets} {
		for _, entry := range list {
			if entry == nil {
				return "what it lists of a file is null"
			}
			for _, sum := range entry.Hashes {
				if accepted && sum != strings.ToLower(sum) {
					return "it lists a hash in capitals, and go-tuf verifies its signatures over small letters"
				}
			}
		}
	}
	return ""
}
