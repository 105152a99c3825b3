package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// node is one targets role to be published.
type node struct {
	name    string
	role    Role
	targets []Target
	edges   []Delegation // in order of appearance
	bins    *Bins        // succinct ones, or nil
	listing map[string]any
}

// collect finds all targets roles of the Spec and checks what can be checked
// before anything is built.
func (b *builder) collect() error {
	s := b.spec
	top := Delegation{Name: metadata.TARGETS, Role: s.TargetsRole, Targets: s.Targets, Delegations: s.Delegations, Bins: s.Bins}
	if err := b.define(top); err != nil {
		return err
	}
	for _, n := range b.order {
		for i := range n.edges {
			e := &n.edges[i]
			to, ok := b.nodes[e.Name]
			if !ok {
				return fmt.Errorf("role %s delegates to %s, which is not defined", n.name, e.Name)
			}
			if e.Same && e.Role.Keys == nil {
				e.Role.Keys = to.role.Keys
			}
			if e.Same && e.Role.Threshold == 0 {
				e.Role.Threshold = to.role.Threshold
			}
			e.Role = e.Role.withDefaults(e.Name, 90*day)
		}
	}
	return nil
}

// define takes up a role and all that it delegates to.
func (b *builder) define(d Delegation) error {
	if d.Name == "" {
		return errors.New("a delegation without a name")
	}
	if _, ok := b.nodes[d.Name]; ok {
		return fmt.Errorf("role %s is defined twice; set Same on the further delegations to it", d.Name)
	}
	n := &node{name: d.Name, role: d.Role.withDefaults(d.Name, 90*day), targets: d.Targets}
	n.edges = append(n.edges, d.Delegations...)
	b.nodes[d.Name] = n
	b.order = append(b.order, n)
	if d.Bins != nil {
		if err := b.bin(n, *d.Bins); err != nil {
			return fmt.Errorf("role %s: %w", d.Name, err)
		}
	}
	for _, e := range n.edges {
		if e.Same {
			continue
		}
		if err := b.define(e); err != nil {
			return err
		}
	}
	return nil
}

// bin makes delegations of bins.
func (b *builder) bin(n *node, bins Bins) error {
	if bins.Count < 1 || bins.Count > 1<<16 || bins.Count&(bins.Count-1) != 0 {
		return fmt.Errorf("%d bins: the count must be a power of two, at most 65536", bins.Count)
	}
	if bins.Succinct && (bins.Count < 2 || len(n.edges) > 0) {
		return errors.New("succinct bins must be two or more, and the only delegation of their role")
	}
	if bins.Prefix == "" {
		bins.Prefix = "bin"
	}
	if bins.Role.Keys == nil {
		bins.Role.Keys = []Key{{Name: bins.Prefix}}
	}
	bins.Role = bins.Role.withDefaults(bins.Prefix, 90*day)
	contents := make([][]Target, bins.Count)
	width := bits.Len(uint(bins.Count)) - 1 // bits of the hash that choose a bin
	for _, t := range bins.Targets {
		sum := sha256.Sum256([]byte(t.Path))
		i := uint64(binary.BigEndian.Uint32(sum[:4])) >> (32 - width)
		contents[i] = append(contents[i], t)
	}
	for i, targets := range contents {
		d := Delegation{Name: binName(bins.Prefix, i, bins.Count), Role: bins.Role, Targets: targets}
		if bins.Succinct {
			if err := b.define(d); err != nil {
				return err
			}
			continue
		}
		d.PathHashPrefixes = hashPrefixes(i, width)
		n.edges = append(n.edges, d)
	}
	if bins.Succinct {
		n.bins = &bins
	}
	return nil
}

// binName is the name of a bin as TAP 15 forms it.
func binName(prefix string, i, count int) string {
	digits := len(fmt.Sprintf("%x", count-1))
	return fmt.Sprintf("%s-%0*x", prefix, digits, i)
}

// hashPrefixes gives the hexadecimal prefixes of the hashes whose first width
// bits are i.
func hashPrefixes(i, width int) []string {
	digits := max(1, (width+3)/4)
	share := 1 << (4*digits - width)
	prefixes := make([]string, share)
	for k := range prefixes {
		prefixes[k] = fmt.Sprintf("%0*x", digits, i*share+k)
	}
	return prefixes
}

// targets publishes all targets roles.
func (b *builder) targets() error {
	for _, n := range b.order {
		if err := b.publishTargets(n); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) publishTargets(n *node) error {
	r := n.role
	if n.name == metadata.TARGETS {
		r = b.spec.TargetsRole.withDefaults(n.name, 90*day)
	}
	doc := b.document(metadata.TARGETS, r.Version, r)
	list := make(map[string]any, len(n.targets))
	for _, t := range n.targets {
		if _, ok := list[t.Path]; ok {
			return fmt.Errorf("role %s lists %q twice", n.name, t.Path)
		}
		list[t.Path] = b.list(t)
	}
	doc["targets"] = list
	if len(n.edges) > 0 || n.bins != nil {
		d, err := b.delegations(n)
		if err != nil {
			return fmt.Errorf("role %s: %w", n.name, err)
		}
		doc["delegations"] = d
	}
	data, err := b.publish(n.name, b.fileName(n.name, r.Version), doc, r.Signatures)
	if err != nil {
		return err
	}
	n.listing = b.listing(r.Version, data)
	return nil
}

// delegations writes the delegations object of a role.
func (b *builder) delegations(n *node) (map[string]any, error) {
	keys := map[string]any{}
	if n.bins != nil {
		entry, err := b.grant(keys, n.bins.Role)
		if err != nil {
			return nil, err
		}
		entry["bit_length"] = int64(bits.Len(uint(n.bins.Count)) - 1)
		entry["name_prefix"] = n.bins.Prefix
		return map[string]any{"keys": keys, "succinct_roles": entry}, nil
	}
	roles := make([]any, 0, len(n.edges))
	for _, e := range n.edges {
		entry, err := b.grant(keys, e.Role)
		if err != nil {
			return nil, err
		}
		entry["name"] = e.Name
		entry["terminating"] = e.Terminating
		if len(e.Paths) > 0 {
			entry["paths"] = anyList(e.Paths)
		}
		if len(e.PathHashPrefixes) > 0 {
			entry["path_hash_prefixes"] = anyList(e.PathHashPrefixes)
		}
		roles = append(roles, entry)
	}
	return map[string]any{"keys": keys, "roles": roles}, nil
}

func anyList(s []string) []any {
	list := make([]any, len(s))
	for i, v := range s {
		list[i] = v
	}
	return list
}
