package lint

import (
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// Root looks at a version of the root that a client would end with. The subject
// names it in findings, printable: "root v3". It looks at the keys and roles that it
// states and at the form of the file.
func Root(subject string, md *metadata.Metadata[metadata.RootType], data []byte) []finding.Finding {
	return nil
}

// Rotation says what changed from one version of the root to the next.
func Rotation(subject string, before, after *metadata.Metadata[metadata.RootType]) []finding.Finding {
	return nil
}

// Timestamp looks at a timestamp.
func Timestamp(md *metadata.Metadata[metadata.TimestampType], data []byte) []finding.Finding {
	return nil
}

// Snapshot looks at a snapshot.
func Snapshot(md *metadata.Metadata[metadata.SnapshotType], data []byte) []finding.Finding {
	return nil
}

// Targets looks at a targets role, at what it lists, and at what it says of the roles
// that it delegates to, one by one and together. The subject is the role's name,
// printable.
func Targets(subject string, md *metadata.Metadata[metadata.TargetsType], data []byte) []finding.Finding {
	var out []finding.Finding
	out = append(out, delegations(subject, md.Signed.Delegations)...)
	out = append(out, targetNames(subject, md.Signed.Targets)...)
	return out
}
