package trust

import (
	"encoding/hex"
	"encoding/json"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// keepShown is how much of keepFiles may be taken by what is kept for nothing but to
// be shown.
const keepShown = 16 << 20

// excerpt is what is kept of a role's file to be shown when somebody asks for it.
type excerpt struct {
	size       int64       // of the whole file
	data       []byte      // the whole file, if it is small
	text       *text       // else what is shown of it
	signatures []signature // if there are no data
	cost       int64       // bytes of it that count
}

// signature is a signature as a file has it, raw.
type signature struct{ keyID, sig string }

// excerptOf makes what is worth keeping of a file. It is expensive for large ones:
// those are made into lines at once, of which there are few, rather than kept.
func excerptOf(data []byte, signatures []metadata.Signature) *excerpt {
	return makeExcerpt(data, signatures, false)
}

// excerpt does the same for a file of targets; p is nil for one that cannot be read.
func (p *parsed) excerpt(data []byte) *excerpt {
	if p == nil {
		return makeExcerpt(data, nil, false)
	}
	return makeExcerpt(data, p.md.Signatures, p.plain != nil)
}

func makeExcerpt(data []byte, signatures []metadata.Signature, valid bool) *excerpt {
	x := &excerpt{size: int64(len(data))}
	if len(data) <= keepFile {
		x.data = data
	} else {
		t := render(data, valid || json.Valid(data))
		x.text = &t
	}
	total := 0
	for _, s := range signatures {
		one := signature{s.KeyID, hex.EncodeToString(s.Signature)}
		if total += len(one.keyID) + len(one.sig); total > keepRoot {
			break
		}
		x.signatures = append(x.signatures, one)
	}
	return x
}

// signaturesOf are those of a file, if it was parsed.
func signaturesOf[T metadata.Roles](md *metadata.Metadata[T]) []metadata.Signature {
	if md == nil {
		return nil
	}
	return md.Signatures
}

// show keeps an excerpt in place of an older one, either of them nil for none, as far
// as the bounds allow: the lines or the bytes, or the signatures alone, or only that
// there was a file. elsewhere says that the bytes are kept already, and nothing more is.
func (w *Walk) show(old, x *excerpt, elsewhere bool) *excerpt {
	if old != nil {
		w.kept -= old.cost
		w.shown -= old.cost
	}
	if x == nil || elsewhere {
		return nil
	}
	signatures := &excerpt{size: x.size, signatures: x.signatures}
	for _, s := range x.signatures {
		signatures.cost += int64(len(s.keyID) + len(s.sig) + 32)
	}
	whole := &excerpt{size: x.size, data: x.data, text: x.text, cost: int64(len(x.data))}
	if x.text != nil {
		whole.signatures = x.signatures
		whole.cost = x.text.cost() + signatures.cost
	}
	for _, kept := range []*excerpt{whole, signatures} {
		if w.shown+kept.cost <= keepShown && w.kept+kept.cost <= keepFiles {
			w.kept += kept.cost
			w.shown += kept.cost
			kept.data = tight(kept.data)
			return kept
		}
	}
	return &excerpt{size: x.size}
}
