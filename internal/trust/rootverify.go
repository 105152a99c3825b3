package trust

import (
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/lint"
)

// openedRoot is what is known of a root that was looked at by itself.
type openedRoot struct {
	md      *metadata.Metadata[metadata.RootType] // nil if it cannot be parsed
	signers []Signer
	problem *finding.Finding // nil if a client can start from it
	remarks []finding.Finding
}

// openRoot loads a root as a client loads the one that it ships: go-tuf's verdict
// on its own signatures (5.2). It is expensive.
func openRoot(data []byte, limits Limits) openedRoot {
	var md *metadata.Metadata[metadata.RootType]
	if err := guard(reading, func() (err error) { md, err = metadata.Root().FromBytes(data); return }); err != nil {
		f := unparsable("root", data, err)
		return openedRoot{problem: &f}
	}
	subject := rootName(md.Signed.Version)
	if v := md.Signed.Version; v < 1 || v > maxVersion {
		f := finding.New(finding.Unparsable, subject, "it says that its version is %d", v)
		return openedRoot{md: md, problem: &f}
	}
	remarks := linted(func() []finding.Finding { return lint.Root(subject, md, data) })
	d := rootDuty(md, metadata.ROOT)
	err := limits.affordable(d, len(data))
	if err == nil {
		err = guard("trustedmetadata.New, which loads it", func() error { _, err := trustedmetadata.New(data); return err })
	}
	rec := receive(data, md)
	signers, unreadable := signed(d, proofOf(md), len(data), err == nil, limits, rec)
	if err != nil {
		f := refused{
			subject: subject, err: err, duties: []stated{{"it", d}}, unreadable: unreadable, tally: tally(signers, d.threshold), data: data,
			lists: [][]Signer{signers}, receive: rec, limits: limits,
		}.finding()
		return openedRoot{md, signers, &f, remarks}
	}
	return openedRoot{md, signers, nil, remarks}
}

// rootVerdict is what is known of a root after it was verified.
type rootVerdict struct {
	md      *metadata.Metadata[metadata.RootType] // nil if it cannot be parsed
	signers []Signer                              // by its own keys
	before  []Signer                              // by the keys of the root before
	quorum  int                                   // how many of those have to sign
	problem *finding.Finding
	usable  bool              // go-tuf would take it as a trusted root by itself
	remarks []finding.Finding // beside its acceptance, if it is the one to end with
	changes []finding.Finding // since the root before it
}

// verifyRoot has go-tuf judge a root by the one before it and by itself (5.3.4,
// 5.3.5). It is expensive.
func verifyRoot(before *metadata.Metadata[metadata.RootType], data []byte, version int64, limits Limits) rootVerdict {
	subject := rootName(version)
	var v rootVerdict
	read := func() error {
		return guard(reading, func() (err error) { v.md, err = metadata.Root().FromBytes(data); return })
	}
	dOld := rootDuty(before, metadata.ROOT)
	err := limits.affordable(dOld, len(data))
	// A small root can be verified with whatever keys it lists. What is accepted has been
	// read then, and is not read once more.
	if size := int64(len(data)); err == nil && size*size > limits.Work && read() == nil {
		err = limits.affordable(rootDuty(v.md, metadata.ROOT), len(data))
	}
	affordable := err == nil
	if affordable {
		tm := trustedmetadata.TrustedMetadata{Root: before, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
		err = guard("TrustedMetadata.UpdateRoot, which verifies it", func() (err error) { v.md, err = tm.UpdateRoot(data); return })
	}
	if v.md == nil {
		if perr := read(); perr != nil {
			f := unparsable(subject, data, perr)
			return rootVerdict{problem: &f}
		}
	}
	dNew := rootDuty(v.md, metadata.ROOT)
	v.remarks = linted(func() []finding.Finding { return lint.Root(subject, v.md, data) })
	v.changes = linted(func() []finding.Finding { return lint.Rotation(subject, before, v.md) })
	var unreadable, oldUnreadable string
	rec, signatures := receive(data, v.md), proofOf(v.md)
	v.signers, unreadable = signed(dNew, signatures, len(data), err == nil, limits, rec)
	v.quorum = dOld.threshold
	v.before, oldUnreadable = signed(dOld, signatures, len(data), err == nil, limits, rec)
	if err == nil {
		v.usable = true
		return v
	}
	if unreadable == "" {
		unreadable = oldUnreadable
	}
	byOld, byNew := tally(v.before, dOld.threshold), tally(v.signers, dNew.threshold)
	f := refused{
		subject: subject, err: err, unreadable: unreadable,
		duties: []stated{{fmt.Sprintf("version %d", before.Signed.Version), dOld}, {"it", dNew}},
		tally:  fmt.Sprintf("of the keys of version %d, %s; of its own, %s", before.Signed.Version, byOld, byNew),
		by:     "its place in the chain", announced: &metadata.MetaFiles{Version: version},
		version: v.md.Signed.Version, data: data,
		lists: [][]Signer{v.before, v.signers}, receive: rec, limits: limits,
	}.finding().With("by the root before", byOld).With("by itself", byNew)
	v.problem = &f
	v.usable = affordable && guard("trustedmetadata.New, which loads it", func() error { _, err := trustedmetadata.New(data); return err }) == nil
	return v
}

// tally says how many keys signed and how many have to.
func tally(list []Signer, threshold int) string {
	r := Role{Signers: list}
	return fmt.Sprintf("%d of %d signed, %d required", r.ValidSigners(), len(list), threshold)
}
