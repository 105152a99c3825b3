package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// differing knows files of which two requests brought different bytes. It says so
// only of what cannot be otherwise: another entity tag is no proof.
type differing struct {
	wrong  map[ItemID]body // targets that were complete and wrong, and are asked for again
	differ []finding.Finding
	others int // further ones
}

// body is what came of a request for a target, as far as it can be compared.
type body struct {
	sum   string // a hash that is not the signed one, or "": the length was another
	parts bool   // it was put together from several attempts
}

// wrongKept bounds how many wrong targets wait for their second look.
const wrongKept = 1024

// content is what can be compared of a metadata file's bytes.
type content struct {
	sum     [sha256.Size]byte
	version int64 // as the file itself has it, or -1
}

// contentMost is the size, in bytes, up to which a file's version is read here.
const contentMost = 1 << 20

// contentOf makes it, on the worker's goroutine.
func contentOf(data []byte) *content {
	c := &content{sum: sha256.Sum256(data), version: -1}
	if len(data) <= contentMost {
		c.version = trust.StatedVersion(data)
	}
	return c
}

// compare looks at what an attempt brought beside what an earlier one of its item did.
func (d *differing) compare(r *run, a *attempt, rep *report, an *fetch.Answer) {
	it := r.item(a.item)
	if it.meta != nil {
		d.compareMetadata(it, rep)
		return
	}
	if an.Status != 0 && a.part.at > 0 && a.part.whole >= 0 && an.Whole >= 0 && an.Whole != a.part.whole {
		d.add(it.name(), fmt.Sprintf("it had %s, and when the rest was asked for it had %s", measure.Count(a.part.whole, "byte"), measure.Count(an.Whole, "byte")))
	}
	before, was := d.wrong[a.item]
	was = was && it.again // asked for a second time by itself, and not by a person who may have mended it
	now, ended := bodyOf(rep)
	switch {
	case !ended:
		return // nothing came that could be compared
	case was && now == nil:
		d.add(it.name(), before.text()+", and the next request brought the signed bytes")
	case was && before.sum != now.sum:
		d.add(it.name(), before.text()+", and the next request brought others that are wrong too")
	}
	delete(d.wrong, a.item)
	if now != nil && !it.again && remote(it.base) && len(d.wrong) < wrongKept {
		if d.wrong == nil {
			d.wrong = map[ItemID]body{}
		}
		d.wrong[a.item] = *now
	}
}

// bodyOf gives what came of a target, nil if it was right, and whether it was complete.
func bodyOf(rep *report) (*body, bool) {
	switch fe, _ := errors.AsType[*fetch.Error](rep.err); {
	case rep.err == nil && rep.bad == nil:
		return nil, true
	case rep.err == nil:
		return &body{sum: rep.bad.algorithm + " " + rep.bad.got, parts: rep.resumed}, true
	case fe != nil && fe.Kind == finding.WrongLength:
		return &body{parts: rep.resumed}, true
	}
	return nil, false
}

func (b body) text() string {
	switch {
	case b.parts:
		return "a download in parts brought wrong bytes"
	case b.sum == "":
		return "one request brought another length than the signed one"
	}
	return "one request brought wrong bytes"
}

// compareMetadata compares a file with the one of the same name that was accepted
// before. Under the same version there must not be two; and a version that goes back
// is no new publication.
func (d *differing) compareMetadata(it *item, rep *report) {
	if rep.err != nil || rep.content == nil {
		return
	}
	m, now := it.meta, rep.content
	before, accepted := m.content, m.accepted
	m.content, m.accepted = now, false
	if before == nil || !accepted || before.sum == now.sum || before.version < 0 || now.version < 0 || now.version > before.version {
		return
	}
	text := fmt.Sprintf("two requests brought different files of version %d", now.version)
	if now.version < before.version {
		text = fmt.Sprintf("one request brought version %d, and a later one version %d", before.version, now.version)
	}
	d.add(called(m.name), text, "first sha256", hex.EncodeToString(before.sum[:]), "then sha256", hex.EncodeToString(now.sum[:]))
}

// called is the subject of a metadata file: "timestamp", "root v5".
func called(name string) string {
	if v, ok := rootVersion(name); ok {
		return fmt.Sprintf("root v%d", v)
	}
	return (&item{meta: &metaFile{name: strings.TrimSuffix(name, ".json")}}).name()
}

func (d *differing) add(subject, text string, evidence ...string) {
	if len(d.differ) >= mostSaid {
		d.others++
		return
	}
	f := finding.New(finding.AnswersDiffer, subject, "%s", text)
	for i := 0; i+1 < len(evidence); i += 2 {
		f = f.With(evidence[i], evidence[i+1])
	}
	d.differ = append(d.differ, f)
}
