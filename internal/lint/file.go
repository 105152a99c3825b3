package lint

import (
	"iter"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// Root looks at a version of the root that a client would end with. The subject
// names it in findings, printable: "root v3". It looks at the keys and roles that it
// states and at the form of the file.
func Root(subject string, md *metadata.Metadata[metadata.RootType], data []byte) []finding.Finding {
	return slices.Concat(
		rootKeys(subject, md, data),
		form(subject, md.Signed.SpecVersion, data),
	)
}

// Rotation says what changed from one version of the root to the next.
func Rotation(subject string, before, after *metadata.Metadata[metadata.RootType]) []finding.Finding {
	var out []finding.Finding
	out = append(out, keysChanged(subject, before, after)...)
	return out
}

// Timestamp looks at a timestamp.
func Timestamp(md *metadata.Metadata[metadata.TimestampType], data []byte) []finding.Finding {
	return slices.Concat(
		form(metadata.TIMESTAMP, md.Signed.SpecVersion, data),
		withoutHashes(metadata.TIMESTAMP, md.Signed.Meta),
		metaWithoutSHA256(metadata.TIMESTAMP, md.Signed.Meta),
	)
}

// Snapshot looks at a snapshot.
func Snapshot(md *metadata.Metadata[metadata.SnapshotType], data []byte) []finding.Finding {
	return slices.Concat(
		form(metadata.SNAPSHOT, md.Signed.SpecVersion, data),
		withoutHashes(metadata.SNAPSHOT, md.Signed.Meta),
		metaWithoutSHA256(metadata.SNAPSHOT, md.Signed.Meta),
	)
}

// Target is what is looked at of a target that a role lists.
type Target struct {
	Path       string // raw
	Length     int64
	Algorithms []string // of its hashes; no longer of use when the next target comes
}

// Targets looks at a targets role, at what it lists, and at what it says of the roles
// that it delegates to, one by one and together. The subject is the role's name,
// printable. What it lists is taken from targets, whose order does not matter, and not
// from md; data need not have it either.
func Targets(subject string, md *metadata.Metadata[metadata.TargetsType], data []byte, targets iter.Seq[Target]) []finding.Finding {
	n, w := newTargetNames(), withoutSHA256{}
	for t := range targets {
		n.add(t.Path, t.Length)
		w.add(t.Path, t.Algorithms)
	}
	return slices.Concat(
		delegationKeys(subject, md, data),
		delegations(subject, md.Signed.Delegations),
		n.findings(subject),
		form(subject, md.Signed.SpecVersion, data),
		w.findings(subject, "targets"),
	)
}
