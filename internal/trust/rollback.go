package trust

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// recalled is what a client says of a file that has the remembered ones on its disk.
type recalled struct {
	problem *finding.Finding  // such a client refuses it
	remarks []finding.Finding // beside that
	// forgot says why the remembered files do not count (5.3.11), or is "".
	forgot string
	// lower says that something in the file is lower than before, although no client
	// looks at it: the file must not replace what is remembered.
	lower bool
}

// forgotten says why the remembered timestamp and snapshot are to be forgotten under
// a root, or gives "": their keys have been replaced, and whoever had the old ones may
// have pushed the versions up (5.3.11).
func (b *recall) forgotten(root *metadata.Metadata[metadata.RootType]) string {
	if root.Signed.Version <= b.root.Signed.Version {
		return ""
	}
	for _, role := range []string{metadata.TIMESTAMP, metadata.SNAPSHOT} {
		if !sameKeys(rootDuty(b.root, role), rootDuty(root, role)) {
			return fmt.Sprintf("the keys of %s have changed since root v%d", role, b.root.Signed.Version)
		}
	}
	return ""
}

// demote makes of a verdict that of a client which follows 5.3.11, when there is a
// reason to forget: the versions do not count. Others keep each file that still
// verifies, and that they refuse the new one is a remark.
func (r *recalled) demote(forgot string) {
	if forgot == "" {
		return
	}
	kept := r.problem
	*r = recalled{forgot: forgot}
	if kept != nil {
		f := finding.New(finding.NotForgotten, kept.Subject, "%s; %s, so that does not count, but the file from then is still signed by enough keys", kept.Message, forgot)
		f.Evidence = kept.Evidence
		r.remarks = []finding.Finding{f}
	}
}

// sameKeys compares the keys of a role in two roots.
func sameKeys(a, b duty) bool {
	of := func(d duty) map[string]string {
		m := map[string]string{}
		for _, id := range d.ids {
			m[id] = ""
			if k := d.keys[id]; k != nil {
				m[id] = k.Type + " " + k.Scheme + " " + k.Value.PublicKey
			}
		}
		return m
	}
	return maps.Equal(of(a), of(b))
}

const unsigned = "what is remembered of the %s is not signed by enough keys of root v%d"

// timestamp has go-tuf verify a timestamp, which it accepts by itself, as a client
// with the remembered one does (5.4.3).
func (b *recall) timestamp(root *metadata.Metadata[metadata.RootType], md *metadata.Metadata[metadata.TimestampType], data []byte) (out recalled) {
	defer out.demote(b.forgotten(root))
	tm := trustedmetadata.TrustedMetadata{Root: root, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
	_ = guard("comparing it with what is remembered", func() error { _, err := tm.UpdateTimestamp(b.Timestamp); return err })
	was := tm.Timestamp
	if was == nil { // a client forgets a file that does not verify any more
		out.forgot = fmt.Sprintf(unsigned, metadata.TIMESTAMP, root.Signed.Version)
		return out
	}
	err := guard("comparing it with what is remembered", func() error { _, err := tm.UpdateTimestamp(data); return err })
	var equal *metadata.ErrEqualVersionNumber
	switch {
	case errors.As(err, &equal):
		// A client keeps the one that it has, and does not look into the new one.
		if f := b.bytesDiffer(metadata.TIMESTAMP, md.Signed.Version, b.Timestamp, data); f != nil {
			out.remarks = append(out.remarks, *f)
			out.lower = snapshotIn(md) < snapshotIn(was)
		}
	case errors.Is(err, &metadata.ErrBadVersionNumber{}):
		f := finding.New(finding.Rollback, metadata.TIMESTAMP, "it is version %d, and version %d was verified on %s", md.Signed.Version, was.Signed.Version, moment(b.At))
		if md.Signed.Version >= was.Signed.Version {
			f.Message = fmt.Sprintf("it names version %d of the snapshot, and version %d was verified on %s", snapshotIn(md), snapshotIn(was), moment(b.At))
		}
		f = f.With("timestamp", thenNow(was.Signed.Version, md.Signed.Version)).With("snapshot", thenNow(snapshotIn(was), snapshotIn(md)))
		out.problem = &f
	}
	return out
}

// snapshotIn is the version of the snapshot that a timestamp names, or 0.
func snapshotIn(md *metadata.Metadata[metadata.TimestampType]) int64 {
	if m := md.Signed.Meta["snapshot.json"]; m != nil {
		return m.Version
	}
	return 0
}

func thenNow(was, now int64) string {
	return strconv.FormatInt(was, 10) + " then, " + strconv.FormatInt(now, 10) + " now"
}

// snapshot has go-tuf verify a snapshot, which it accepts by itself, as a client with
// the remembered one does (5.5.5). Begun says that the remembered timestamp is
// forgotten: then the snapshot's own version may be lower, and those in it may not.
func (b *recall) snapshot(root *metadata.Metadata[metadata.RootType], ts *metadata.Metadata[metadata.TimestampType], md *metadata.Metadata[metadata.SnapshotType], data []byte, begun bool) (out recalled) {
	defer out.demote(b.forgotten(root))
	tm := trustedmetadata.TrustedMetadata{Root: root, Timestamp: ts, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
	// That it is not the one which the timestamp names is an error, and it is kept for
	// the comparison nevertheless.
	_ = guard("comparing it with what is remembered", func() error { _, err := tm.UpdateSnapshot(b.Snapshot, true); return err })
	was := tm.Snapshot
	switch {
	case was == nil:
		out.forgot = fmt.Sprintf(unsigned, metadata.SNAPSHOT, root.Signed.Version)
		return out
	case md.Signed.Version < was.Signed.Version && !begun:
		// The timestamp that names it is one that a client does not look into.
		out.lower = true
		return out
	}
	lower, removed := lowerIn(was, md), removedIn(was, md)
	if md.Signed.Version == was.Signed.Version {
		// A client keeps the one that it has.
		if f := b.bytesDiffer(metadata.SNAPSHOT, md.Signed.Version, b.Snapshot, data); f != nil {
			out.remarks = append(out.remarks, *f)
			out.lower = len(lower)+len(removed) > 0
		}
		return out
	}
	if err := guard("comparing it with what is remembered", func() error { _, err := tm.UpdateSnapshot(data, false); return err }); err == nil {
		return out
	}
	if len(lower) > 0 {
		first := lower[0]
		f := finding.New(finding.Rollback, metadata.SNAPSHOT, "it lists %s at version %d, and version %d was verified on %s%s", first.Name, first.To, first.From, moment(b.At), others(len(lower)-1))
		for _, c := range lower[:min(len(lower), mostNamed)] {
			f = f.With(c.Name, thenNow(c.From, c.To))
		}
		out.problem = &f
	}
	if len(removed) > 0 {
		f := finding.New(finding.RoleRemoved, metadata.SNAPSHOT, "it does not list %s any more, which was verified on %s%s", removed[0], moment(b.At), others(len(removed)-1))
		f = f.With("roles", named(removed, len(removed)))
		if out.problem == nil {
			out.problem = &f
		} else {
			out.remarks = append(out.remarks, f)
		}
	}
	return out
}

// lowerIn gives the roles that a snapshot lists at a lower version than an earlier one.
func lowerIn(was, now *metadata.Metadata[metadata.SnapshotType]) []RoleChange {
	var out []RoleChange
	for name, m := range was.Signed.Meta {
		if n := now.Signed.Meta[name]; m != nil && n != nil && n.Version < m.Version {
			out = append(out, RoleChange{Name: roleIn(name), From: m.Version, To: n.Version})
		}
	}
	slices.SortFunc(out, func(a, b RoleChange) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// removedIn gives the roles that a snapshot does not list and an earlier one did.
func removedIn(was, now *metadata.Metadata[metadata.SnapshotType]) []string {
	var out []string
	for name := range was.Signed.Meta {
		if _, ok := now.Signed.Meta[name]; !ok {
			out = append(out, roleIn(name))
		}
	}
	slices.Sort(out)
	return out
}

// roleIn is the role that an entry of a snapshot is about, printable.
func roleIn(name string) string { return safe.Cut(strings.TrimSuffix(name, ".json"), 100) }

func others(n int) string {
	if n < 1 {
		return ""
	}
	return fmt.Sprintf("; so it is with %d more", n)
}
