package journal

import (
	"bytes"
	"encoding/hex"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// itemsFound reads what writeItems gives. What is wrong with an item is for readItems to
// say.
func (q *quick) itemsFound() engine.Body {
	q.must(`{`)
	var sites []engine.SiteParts
	if q.has(`"sites":[`) {
		for more := true; more && !q.bad; more = q.has(`,`) {
			sites = append(sites, q.site())
		}
		q.must(`],`)
	}
	q.must(`"items":[`)
	places := make([]*engine.Site, len(sites))
	for i, p := range sites {
		places[i] = p.Site()
	}
	items := make([]engine.ItemSpec, 0, bytes.Count(q.rest, []byte(`{"id":`)))
	for more := true; more && !q.bad; more = q.has(`,`) {
		items = append(items, q.item(sites, places))
	}
	q.must(`]}`)
	if q.bad {
		return nil
	}
	return engine.ItemsFound{Items: items}
}

func (q *quick) site() (p engine.SiteParts) {
	q.must(`{"before":`)
	p.Before = q.text()
	if q.has(`,"after":`) {
		p.After = q.text()
	}
	p.Named = q.has(`,"named":true`)
	p.Hashed = q.has(`,"hashed":true`)
	q.must(`}`)
	return p
}

func (q *quick) item(sites []engine.SiteParts, places []*engine.Site) engine.ItemSpec {
	s := engine.ItemSpec{Length: -1}
	q.must(`{"id":`)
	s.ID = engine.ItemID(q.uint32())
	of := engine.ItemID(0)
	if q.has(`,"of":`) {
		of = engine.ItemID(q.uint32())
	}
	q.must(`,"role":`)
	s.Role = trust.RoleID(q.uint32())
	q.must(`,"kind":`)
	if s.Kind, s.Of = q.kind(), s.ID; s.Kind == engine.Copy {
		s.Of = of
		q.bad = q.bad || s.ID-s.Of > copiesMost
	}
	q.must(`,"path":`)
	s.Path = q.text()
	if q.has(`,"under":`) {
		s.Under = q.known()
	}
	if q.has(`,"role_name":`) {
		s.RoleName = q.known()
	}
	if q.has(`,"length":`) {
		s.Length = q.int()
	}
	if q.has(`,"hashes":[`) {
		for more := true; more && !q.bad; more = q.has(`,`) {
			s.Hashes = append(s.Hashes, q.hash())
		}
		q.must(`]`)
	}
	if q.has(`,"site":`) {
		n := q.small()
		if q.bad = q.bad || n < 1 || n > len(sites) || sites[n-1].Hashed && int(s.ID-s.Of) >= len(s.Hashes); !q.bad {
			s.Site = places[n-1]
		}
	}
	q.must(`}`)
	return s
}

func (q *quick) hash() (h trust.Hash) {
	q.must(`{"algorithm":`)
	h.Algorithm = q.known()
	q.must(`,"sum":`)
	if sum := q.word(); !q.bad {
		h.Sum = make([]byte, hex.DecodedLen(len(sum)))
		_, err := hex.Decode(h.Sum, sum)
		q.bad = err != nil
	}
	q.must(`}`)
	return h
}
