package trust

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/canon"
)

// plainFile is a targets role's file whose map of targets is read here, and all the rest
// by go-tuf. go-tuf reads a file several times and writes it again once for every key,
// which for a large map is nearly all that a run does.
//
// It exists only where both are proved to come to the same. The map is plain
// ([canon.Listing]), so that what go-tuf writes of it after reading is its canonical
// form: FuzzPlainFile holds that against go-tuf. What go-tuf writes of the file without
// the map is the canonical form of that, compared here for each file. And go-tuf reads
// and writes the map on its own.
//
// A plain file is only ever accepted here. Where it would be refused go-tuf is asked,
// so that its reason is given, and what it says counts.
type plainFile struct {
	listing *canon.Listing
	rest    []byte                                   // the file with an empty map
	md      *metadata.Metadata[metadata.TargetsType] // what go-tuf reads in the rest
	proof   *proof
}

var errNotPlain = errors.New("not plain")

// readPlain reads a file that is plain, and gives nil for all others.
func readPlain(data []byte) *plainFile {
	l := canon.Plain(data)
	if l == nil {
		return nil
	}
	p := &plainFile{listing: l}
	if err := guard("reading all but the targets", p.read); err != nil {
		return nil
	}
	return p
}

// read has go-tuf read the rest, as Metadata.FromBytes does it: that goes over it three
// times before, to find what a plain file is known to have.
func (p *plainFile) read() (err error) {
	var signed, signatures []byte
	p.rest, signed, signatures = p.listing.Rest()
	p.md = &metadata.Metadata[metadata.TargetsType]{UnrecognizedFields: map[string]any{}}
	if err := json.Unmarshal(signed, &p.md.Signed); err != nil {
		return err
	}
	if err := json.Unmarshal(signatures, &p.md.Signatures); err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, s := range p.md.Signatures {
		if ids[s.KeyID] {
			return errNotPlain
		}
		ids[s.KeyID] = true
	}
	written, err := cjson.EncodeCanonical(p.md.Signed) // as go-tuf does it
	if err != nil {
		return err
	}
	message, before, behind := p.listing.Message()
	middle, ok := bytes.CutPrefix(written, before)
	if middle, ok2 := bytes.CutSuffix(middle, behind); !ok || !ok2 || string(middle) != "{}" || len(p.md.Signed.Targets) > 0 || p.md.Signed.Type != metadata.TARGETS {
		return errNotPlain
	}
	p.proof = newProof(p.md, func() ([]byte, error) { return message, nil })
	return nil
}

// targets gives what the file lists.
func (p *plainFile) targets() []Target {
	l := p.listing
	b := newPacker(l.Len(), l.Text, l.Hashes, l.Sums)
	l.Each(func(_ int, t *canon.Listed) {
		for _, h := range t.Hashes {
			sum, _ := hex.AppendDecode(b.sums, h.Hex) // they are digits
			b.hash(b.algorithm(h.Algorithm), sum)
		}
		b.text.Write(t.Path)
		b.target(t.Length)
	})
	return b.targets
}

// accepts tells whether go-tuf would accept a plain file under one delegator:
// TrustedMetadata.UpdateDelegatedTargets with a snapshot that is taken as it is, step by
// step and with go-tuf's own functions. False says nothing: go-tuf is to be asked.
func (j fileJob) accepts(p *plainFile, a edgeAsk) bool {
	return guard("verifying a plain file", func() error {
		meta := j.sn.Signed.Meta[j.name+".json"]
		d, err := a.asGoTUF(j)
		switch {
		case err != nil:
			return err
		case meta == nil, a.grant != nil && a.delegator == metadata.ROOT:
			return errNotPlain
		case p.md.Signed.Type != metadata.TARGETS, p.md.Signed.Version != meta.Version:
			return errNotPlain
		case j.sn.Signed.IsExpired(time.Time{}), p.md.Signed.IsExpired(time.Time{}):
			return errNotPlain
		}
		if err := meta.VerifyLengthHashes(j.data); err != nil {
			return err
		}
		return p.proof.enough(d)
	}) == nil
}

// asGoTUF is what VerifyDelegate looks up in the delegator. It has to be what the walk
// has for this edge.
func (a edgeAsk) asGoTUF(j fileJob) (duty, error) {
	d := duty{}
	switch g := a.grant; {
	case g == nil:
		d = rootDuty(j.root, j.name)
	case g.Roles != nil:
		i := slices.IndexFunc(g.Roles, func(r metadata.DelegatedRole) bool { return r.Name == j.name })
		if i < 0 {
			return d, errNotPlain
		}
		d = duty{keys: g.Keys, ids: g.Roles[i].KeyIDs, threshold: g.Roles[i].Threshold}
	case g.SuccinctRoles != nil:
		d = duty{keys: g.Keys, ids: g.SuccinctRoles.KeyIDs, threshold: g.SuccinctRoles.Threshold}
	}
	if len(d.ids) == 0 || d.threshold < 1 || d.threshold != a.duty.threshold || !slices.Equal(d.ids, a.duty.ids) {
		return d, errNotPlain
	}
	return d, nil
}
