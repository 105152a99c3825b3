package journal

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// itemsFound is engine.ItemsFound as it is written: sites are named once and items point
// to them, because the addresses of a role's targets are long and alike.
type itemsFound struct {
	Sites []engine.SiteParts `json:"sites,omitzero"`
	Items []item             `json:"items"`
}

// item is engine.ItemSpec as it is written.
type item struct {
	ID       engine.ItemID `json:"id"`
	Of       engine.ItemID `json:"of,omitzero"` // for a copy, the target; else left out
	Role     trust.RoleID  `json:"role"`
	Kind     engine.Kind   `json:"kind"`
	Path     string        `json:"path"`
	Under    string        `json:"under,omitzero"`
	RoleName string        `json:"role_name,omitzero"`
	Length   *int64        `json:"length,omitzero"` // left out when no parent lists it
	Hashes   []listedHash  `json:"hashes,omitzero"`
	Site     int           `json:"site,omitzero"` // in sites, from 1; left out without one
}

// copiesMost is how many names a file may have besides its first: one for each hash that is
// listed.
const copiesMost = 256

type listedHash struct {
	Algorithm string `json:"algorithm"`
	Sum       string `json:"sum"` // hexadecimal
}

func writeItems(b engine.ItemsFound) itemsFound {
	out := itemsFound{Items: make([]item, len(b.Items))}
	places := map[engine.SiteParts]int{}
	for i := range b.Items {
		s := &b.Items[i]
		w := item{ID: s.ID, Role: s.Role, Kind: s.Kind, Path: s.Path, Under: s.Under, RoleName: s.RoleName}
		if s.Of != s.ID {
			w.Of = s.Of
		}
		if s.Length >= 0 {
			w.Length = &s.Length
		}
		for _, h := range s.Hashes {
			w.Hashes = append(w.Hashes, listedHash{h.Algorithm, hex.EncodeToString(h.Sum)})
		}
		if s.Site != nil {
			parts := s.Site.Parts()
			n, ok := places[parts]
			if !ok {
				out.Sites = append(out.Sites, parts)
				n = len(out.Sites)
				places[parts] = n
			}
			w.Site = n
		}
		out.Items[i] = w
	}
	return out
}

func readItems(data []byte) (engine.Body, error) {
	var in itemsFound
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	sites := make([]*engine.Site, len(in.Sites))
	for i, p := range in.Sites {
		p.Before, p.After = printable(p.Before), printable(p.After)
		sites[i] = p.Site()
	}
	out := engine.ItemsFound{Items: make([]engine.ItemSpec, len(in.Items))}
	for i := range in.Items {
		w := &in.Items[i]
		s := engine.ItemSpec{ID: w.ID, Of: w.ID, Role: w.Role, Kind: w.Kind, Path: w.Path, Under: w.Under, RoleName: w.RoleName, Length: -1}
		if w.Kind == engine.Copy {
			if s.Of = w.Of; s.ID-s.Of > copiesMost {
				return nil, fmt.Errorf("item %d: it is no copy of %d: there are at most %d of one", w.ID, w.Of, copiesMost)
			}
		}
		if w.Length != nil {
			s.Length = *w.Length
		}
		for _, h := range w.Hashes {
			sum, err := hex.DecodeString(h.Sum)
			if err != nil {
				return nil, fmt.Errorf("item %d: its hash is not hexadecimal", w.ID)
			}
			s.Hashes = append(s.Hashes, trust.Hash{Algorithm: h.Algorithm, Sum: sum})
		}
		switch {
		case w.Site < 0 || w.Site > len(sites):
			return nil, fmt.Errorf("item %d: there is no site %d", w.ID, w.Site)
		case w.Site > 0:
			s.Site = sites[w.Site-1]
			if in.Sites[w.Site-1].Hashed && int(s.ID-s.Of) >= len(s.Hashes) {
				return nil, fmt.Errorf("item %d: no hash is listed for its name", w.ID)
			}
		}
		out.Items[i] = s
	}
	return out, nil
}
