package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// Remembered is what a run of full success leaves for later ones: the state that a
// client would have on disk by now, and enough to say what has changed since. Texts
// are raw, as the metadata has them. Nobody changes it once it is made.
type Remembered struct {
	// At is the reference time of the run.
	At time.Time
	// FirstUse is when the chain of roots was trusted because the repository itself
	// served it; zero says that it began at a root that was handed over.
	FirstUse time.Time
	// Root, Timestamp and Snapshot are the whole files that were accepted last.
	Root, Timestamp, Snapshot         []byte
	TimestampVersion, SnapshotVersion int64
	// TargetsAt is the reference time of the latest run that looked at target files;
	// zero says that none did, and that no role has targets here.
	TargetsAt time.Time
	// Roles are targets and the delegated roles, by name.
	Roles []RememberedRole
}

// RememberedRole is a targets role as it was accepted.
type RememberedRole struct {
	Name    string
	Version int64
	SHA256  [sha256.Size]byte
	Keys    []string           // the ids that its delegators list for it, sorted
	Targets []RememberedTarget // by path
}

// RememberedTarget is an entry of a role, small: there may be a million of them.
type RememberedTarget struct {
	Path string
	Sum  [16]byte // of its length and all its hashes
}

// role finds a role, or gives nil.
func (b *Remembered) role(name string) *RememberedRole {
	i, ok := slices.BinarySearchFunc(b.Roles, name, func(r RememberedRole, name string) int { return strings.Compare(r.Name, name) })
	if !ok {
		return nil
	}
	return &b.Roles[i]
}

// sum is the digest of what a role says of a target beside its path.
func (t *Target) sum() (out [16]byte) {
	b := binary.AppendVarint(make([]byte, 0, 128), t.Length)
	for _, h := range t.Hashes {
		b = binary.AppendUvarint(b, uint64(len(h.Algorithm)))
		b = append(b, h.Algorithm...)
		b = binary.AppendUvarint(b, uint64(len(h.Sum)))
		b = append(b, h.Sum...)
	}
	sum := sha256.Sum256(b)
	copy(out[:], sum[:])
	return out
}

// recall is the memory as the walk uses it. It does not change.
type recall struct {
	*Remembered
	root *metadata.Metadata[metadata.RootType] // parsed
}

// startMemory takes what earlier runs have left. What cannot be used is said, and the
// walk goes on without it.
func (w *Walk) startMemory(s *Step) {
	b := w.cfg.Before
	if b == nil {
		return
	}
	var md *metadata.Metadata[metadata.RootType]
	if err := guard("comparing it with what is remembered", func() (err error) { md, err = metadata.Root().FromBytes(b.Root); return }); err != nil {
		w.sayAll(s, aboutMemory, finding.New(finding.MemoryDamaged, "root", "the remembered root cannot be read: %s", plain(err)))
		return
	}
	w.before = &recall{b, md}
}

// rememberedRoot makes the remembered root the trusted one, when none was handed
// over. It tells whether that was possible.
func (w *Walk) rememberedRoot(s *Step) bool {
	if w.before == nil {
		return false
	}
	o := openRoot(w.before.Root, w.limits)
	if f := o.problem; f != nil {
		w.sayAll(s, aboutMemory, finding.New(finding.MemoryDamaged, "root", "the remembered root cannot be used: %s", f.Message))
		w.before = nil
		return false
	}
	w.anchorAt(o, w.before.Root, false)
	a := &w.roots.anchor
	a.Remembered, a.Since = true, w.before.FirstUse
	if !a.Since.IsZero() {
		f := finding.New(finding.FirstUse, rootName(a.Version), "version %d is remembered, and it is trusted because the repository itself served the first root, on %s", a.Version, moment(a.Since))
		w.say(s, aboutMemory, f.With("sha256", a.SHA256).With("sha512", a.SHA512).With("since", a.Since.UTC().Format(time.RFC3339)), w.roots.first)
	}
	return true
}

// moment is a time for people.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// compareRoot says when a usable root has other bytes than the remembered one of the
// same version: the two are of different chains.
func (w *Walk) compareRoot(s *Step, about topic, version int64, digest string, role RoleID) {
	if w.before == nil || version != w.before.root.Signed.Version {
		return
	}
	sum := sha256.Sum256(w.before.Root)
	if was := hex.EncodeToString(sum[:]); was != digest {
		f := finding.New(finding.SameVersionOtherBytes, rootName(version), "another root was verified as version %d on %s: this chain of roots is not the one from then", version, moment(w.before.At))
		f.Hint = "compare the root that was given with the one that your clients ship; nothing, if the repository was made anew"
		w.say(s, about, f.With("sha256 then", was).With("sha256 now", digest), role)
	}
}

// endsEarly tells whether the chain of roots ends before the remembered one.
func (w *Walk) endsEarly() bool {
	c := &w.roots
	return w.before != nil && c.broken == "" && c.current != nil && c.current.Signed.Version < w.before.root.Signed.Version
}

// Remember gives what a later run should know of this one. It is nil unless the walk
// has come to its end and everything in it was accepted, nothing lower than before.
// It takes about a second for a million targets, and nothing else may use the walk
// meanwhile.
func (w *Walk) Remember() *Remembered {
	c := &w.roots
	if !w.Done() || w.cut || c.limited || c.broken != "" || c.current == nil || c.data == nil || !w.tsOK || !w.snOK || w.lower || w.endsEarly() {
		return nil
	}
	b := &Remembered{
		At: w.cfg.At, Root: c.data, Timestamp: w.timestamp.data, Snapshot: w.snapshot.data, TargetsAt: w.cfg.At,
		TimestampVersion: w.ts.Signed.Version, SnapshotVersion: w.sn.Signed.Version,
	}
	switch a := &c.anchor; {
	case a.FirstUse:
		b.FirstUse = w.cfg.At
	case a.Remembered:
		b.FirstUse = a.Since
	}
	if w.cfg.MetadataOnly {
		b.TargetsAt = time.Time{}
		if w.before != nil {
			b.TargetsAt = w.before.TargetsAt
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		f := w.files[name]
		if !f.asked {
			continue // nobody serves it: the snapshot does not list it
		}
		if !f.accepted {
			return nil
		}
		r := RememberedRole{Name: name, Version: f.content.version, SHA256: f.digest, Keys: f.keys()}
		switch {
		case !w.cfg.MetadataOnly:
			r.Targets = make([]RememberedTarget, len(f.content.targets))
			for i := range f.content.targets {
				t := &f.content.targets[i]
				r.Targets[i] = RememberedTarget{t.Path, t.sum()}
			}
		case w.before != nil:
			if was := w.before.role(name); was != nil {
				r.Targets = was.Targets
			}
		}
		b.Roles = append(b.Roles, r)
	}
	return b
}

// keys are the ids that the delegators of a file list for it, sorted.
func (f *file) keys() []string {
	var ids []string
	for _, e := range f.in {
		ids = append(ids, e.duty.ids...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// sameVersion says when a role's file has other bytes than before under the same
// version. It is called for files that go-tuf accepts.
func (w *Walk) sameVersion(s *Step, f *file) {
	if w.before == nil || w.forgot != "" || !w.snOK || f.content == nil {
		return
	}
	was := w.before.role(f.name)
	if was == nil || was.Version != f.content.version || was.SHA256 == f.digest {
		return
	}
	w.say(s, f, w.before.otherBytes(w.roles[f.in[0].role].Name, was.Version, was.SHA256, f.digest), f.in[0].role)
}

func (b *recall) otherBytes(subject string, version int64, was, now [sha256.Size]byte) finding.Finding {
	f := finding.New(finding.SameVersionOtherBytes, subject, "version %d has other bytes than on %s, and both are signed", version, moment(b.At))
	return f.With("sha256 then", hex.EncodeToString(was[:])).With("sha256 now", hex.EncodeToString(now[:]))
}

// bytesDiffer compares a file with the remembered one of the same version.
func (b *recall) bytesDiffer(subject string, version int64, was, now []byte) *finding.Finding {
	if bytes.Equal(was, now) {
		return nil
	}
	f := b.otherBytes(subject, version, sha256.Sum256(was), sha256.Sum256(now))
	return &f
}
