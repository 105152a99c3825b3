package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

const day = 24 * time.Hour

// builder carries what all steps of a build share.
type builder struct {
	spec    Spec
	ring    *keyring
	repo    *Repository
	nodes   map[string]*node // targets roles by name
	order   []*node          // as they are first defined
	entries map[entryKey]*entry
	latest  map[string]any // what the timestamp says of the snapshot
}

// Build makes the repository. It hashes all generated targets, so it takes
// about a second for each GiB and processor; keys and metadata cost little,
// RSA keys aside. An error means that the Spec contradicts itself.
func (s Spec) Build() (*Repository, error) {
	if s.Start.IsZero() {
		s.Start = time.Now()
	}
	s.Start = s.Start.UTC().Truncate(time.Second)
	if s.SpecVersion == "" {
		s.SpecVersion = metadata.SPECIFICATION_VERSION
	}
	if s.Roots == 0 {
		s.Roots = 1
	}
	if s.Roots < 0 {
		return nil, fmt.Errorf("building a repository: %d roots", s.Roots)
	}
	if s.Rotate == nil {
		s.Rotate = []string{metadata.ROOT}
	}
	b := &builder{
		spec:    s,
		ring:    newKeyring(s.Seed, s.Keys),
		repo:    newRepository(s),
		nodes:   map[string]*node{},
		entries: map[entryKey]*entry{},
	}
	for _, step := range []func() error{b.collect, b.hashTargets, b.roots, b.targets, b.snapshot, b.timestamp} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("building a repository: %w", err)
		}
	}
	b.repo.ring = b.ring
	return b.repo, nil
}

// withDefaults fills in what a role leaves out.
func (r Role) withDefaults(name string, expires time.Duration) Role {
	if r.Keys == nil {
		r.Keys = []Key{{Name: name}}
	}
	if r.Threshold == 0 {
		r.Threshold = 1
	}
	if r.Signatures == nil {
		r.Signatures = SignedBy(r.Keys...)
	}
	if r.Expires == 0 {
		r.Expires = expires
	}
	if r.Version == 0 {
		r.Version = 1
	}
	return r
}

// document begins a signed object.
func (b *builder) document(kind string, version int64, r Role) map[string]any {
	doc := map[string]any{
		"_type":        kind,
		"spec_version": b.spec.SpecVersion,
		"version":      version,
		"expires":      b.spec.Start.Add(r.Expires).Truncate(time.Second).Format(time.RFC3339),
	}
	maps.Copy(doc, r.Extra)
	return doc
}

// publish tampers, signs, writes and stores a file, and gives its bytes.
func (b *builder) publish(name, file string, doc map[string]any, sigs []Signature) ([]byte, error) {
	if b.spec.Tamper != nil {
		b.spec.Tamper(name, doc)
	}
	data, err := b.ring.file(doc, sigs)
	if err != nil {
		return nil, fmt.Errorf("role %s: %w", name, err)
	}
	if b.spec.TamperFile != nil {
		data = b.spec.TamperFile(name, data)
	}
	b.repo.meta[name] = &signedRole{path: b.repo.inMetadata(file), signatures: sigs}
	b.repo.Set(b.repo.inMetadata(file), data)
	return data, nil
}

// file signs a document and writes it.
func (r *keyring) file(doc map[string]any, sigs []Signature) ([]byte, error) {
	payload, err := canonical.append(nil, doc)
	if err != nil {
		return nil, err
	}
	signatures, err := r.seal(payload, sigs)
	if err != nil {
		return nil, err
	}
	file := map[string]any{"signatures": signatures, "signed": doc}
	return plainJSON.append(make([]byte, 0, len(payload)+1024), file)
}

// fileName is the name of a role's file: path-escaped as go-tuf asks for it, with
// the version where snapshots are consistent.
func (b *builder) fileName(role string, version int64) string {
	name := url.PathEscape(role) + ".json"
	if b.spec.PlainNames {
		return name
	}
	return strconv.FormatInt(version, 10) + "." + name
}

// listing is what a parent says of a file.
func (b *builder) listing(version int64, data []byte) map[string]any {
	doc := map[string]any{"version": version}
	if b.spec.Meta == ListBoth || b.spec.Meta == ListLength {
		doc["length"] = int64(len(data))
	}
	if b.spec.Meta == ListBoth || b.spec.Meta == ListHashes {
		sum := sha256.Sum256(data)
		doc["hashes"] = map[string]any{SHA256: hex.EncodeToString(sum[:])}
	}
	return doc
}

// grant writes keys and threshold as a delegator lists them, and adds the keys
// to the delegator's.
func (b *builder) grant(keys map[string]any, r Role) (map[string]any, error) {
	ids := make([]any, 0, len(r.Keys))
	for _, k := range r.Keys {
		p, err := b.ring.pair(k)
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.id)
		keys[p.id] = maps.Clone(p.doc)
	}
	return map[string]any{"keyids": ids, "threshold": int64(r.Threshold)}, nil
}

// roots publishes the root chain.
func (b *builder) roots() error {
	var previous []Key
	for v := int64(1); v <= int64(b.spec.Roots); v++ {
		root := b.rootVersion(v)
		if b.spec.EditRoot != nil {
			b.spec.EditRoot(&root)
		}
		if root.Root.Signatures == nil {
			// The keys of the version before sign too; a key that stays signs once.
			signers := slices.Clone(root.Root.Keys)
			for _, k := range previous {
				if !slices.Contains(signers, k) {
					signers = append(signers, k)
				}
			}
			root.Root.Signatures = SignedBy(signers...)
		}
		previous = root.Root.Keys

		keys, roles := map[string]any{}, map[string]any{}
		for name, r := range map[string]Role{
			metadata.ROOT: root.Root, metadata.TIMESTAMP: root.Timestamp,
			metadata.SNAPSHOT: root.Snapshot, metadata.TARGETS: root.Targets,
		} {
			entry, err := b.grant(keys, r)
			if err != nil {
				return fmt.Errorf("role %s: %w", name, err)
			}
			roles[name] = entry
		}
		doc := b.document(metadata.ROOT, root.Version, root.Root)
		doc["consistent_snapshot"] = root.Consistent
		doc["keys"], doc["roles"] = keys, roles
		name := strconv.FormatInt(v, 10) + "." + metadata.ROOT
		if _, err := b.publish(name, name+".json", doc, root.Root.Signatures); err != nil {
			return err
		}
		// The other roles are signed by the keys of the last version.
		if int(v) == b.spec.Roots {
			b.adopt(root)
		}
	}
	return nil
}

// rootVersion gives a version of the root as the Spec asks for it.
func (b *builder) rootVersion(v int64) RootVersion {
	s := b.spec
	root := RootVersion{
		Version: v, Consistent: !s.PlainNames,
		Root: s.Root, Timestamp: s.Timestamp, Snapshot: s.Snapshot, Targets: s.TargetsRole,
	}
	for name, r := range map[string]*Role{
		metadata.ROOT: &root.Root, metadata.TIMESTAMP: &root.Timestamp,
		metadata.SNAPSHOT: &root.Snapshot, metadata.TARGETS: &root.Targets,
	} {
		sigs := r.Signatures
		*r = r.withDefaults(name, 365*day)
		r.Signatures = sigs // nil stays nil: who signs depends on the keys below
		if v > 1 && slices.Contains(s.Rotate, name) {
			r.Keys = slices.Clone(r.Keys)
			for i := range r.Keys {
				r.Keys[i].Name += "@" + strconv.FormatInt(v, 10)
			}
		}
	}
	return root
}

// adopt takes the keys of the last root for the other top-level roles.
func (b *builder) adopt(root RootVersion) {
	b.spec.Timestamp.Keys = root.Timestamp.Keys
	b.spec.Snapshot.Keys = root.Snapshot.Keys
	b.spec.TargetsRole.Keys = root.Targets.Keys
	b.nodes[metadata.TARGETS].role.Keys = root.Targets.Keys
}

func (b *builder) snapshot() error {
	r := b.spec.Snapshot.withDefaults(metadata.SNAPSHOT, 14*day)
	meta := map[string]any{}
	for _, n := range b.order {
		meta[n.name+".json"] = n.listing
	}
	doc := b.document(metadata.SNAPSHOT, r.Version, r)
	doc["meta"] = meta
	data, err := b.publish(metadata.SNAPSHOT, b.fileName(metadata.SNAPSHOT, r.Version), doc, r.Signatures)
	if err != nil {
		return err
	}
	b.latest = b.listing(r.Version, data)
	return nil
}

func (b *builder) timestamp() error {
	r := b.spec.Timestamp.withDefaults(metadata.TIMESTAMP, 3*day)
	doc := b.document(metadata.TIMESTAMP, r.Version, r)
	doc["meta"] = map[string]any{metadata.SNAPSHOT + ".json": b.latest}
	_, err := b.publish(metadata.TIMESTAMP, metadata.TIMESTAMP+".json", doc, r.Signatures)
	return err
}
