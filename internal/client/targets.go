package client

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// ErrNotFound is in the error for a target that no role lists where a search comes.
var ErrNotFound = errors.New("no role lists it where a client searches")

// updateTargets brings the top-level targets role up to date (5.6).
func (c *Client) updateTargets(ctx context.Context) error {
	_, err := c.role(ctx, metadata.TARGETS, metadata.ROOT)
	return err
}

// role brings a targets role up to date under the delegator that led to it (5.6.1 to
// 5.6.6).
func (c *Client) role(ctx context.Context, name, delegator string) (*metadata.Metadata[metadata.TargetsType], error) {
	if data, err := c.cfg.Cache.Read(name); err == nil {
		// It is asked under this delegator, whichever it was last time.
		if md, err := c.takeTargets(data, name, delegator); err == nil {
			return md, nil
		}
	}
	meta := c.trusted.Snapshot.Signed.Meta[name+".json"]
	if meta == nil {
		return nil, &refused{name, errors.New("the snapshot does not list it")}
	}
	// 5.6.1: of the listed length, else of a bounded size.
	data, err := c.fetch(ctx, c.fileName(name, meta.Version), listed(meta), c.cfg.Limits.TargsMax)
	if err != nil {
		return nil, err
	}
	// 5.6.2 to 5.6.5: the listed hashes; signed by a threshold of the keys that this
	// delegator names; the version that the snapshot lists; not expired.
	md, err := c.takeTargets(data, name, delegator)
	if err != nil {
		return nil, err
	}
	return md, c.keep(name, data) // 5.6.6
}

// takeTargets has a targets role judged.
func (c *Client) takeTargets(data []byte, name, delegator string) (md *metadata.Metadata[metadata.TargetsType], err error) {
	err = c.ask(name, c.keysFor(name, delegator), data, func() (err error) {
		md, err = c.trusted.UpdateDelegatedTargets(data, name, delegator)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := trust.Sensible(md); err != nil {
		return nil, &refused{name, err}
	}
	return md, counted(name, md.Signed.Version)
}

// keysFor is how many keys a delegator names for a role.
func (c *Client) keysFor(name, delegator string) int {
	if delegator == metadata.ROOT {
		return keysOf(c.trusted.Root, name)
	}
	d := c.trusted.Targets[delegator].Signed.Delegations
	if d.Roles == nil {
		return len(d.SuccinctRoles.KeyIDs)
	}
	i := slices.IndexFunc(d.Roles, func(r metadata.DelegatedRole) bool { return r.Name == name })
	return len(d.Roles[i].KeyIDs) // of the first, as go-tuf does
}

// visit is a role that a search is to come to, and who led it there.
type visit struct{ role, delegator string }

// Find searches for a target path (raw) through the delegations (5.6.7): pre-order
// and depth-first, each role once, a bounded number of them. The first role that
// lists the path decides. A role that the search comes to and that is not accepted
// ends it: what other roles say would not be what the delegators meant. Refresh comes
// first.
func (c *Client) Find(ctx context.Context, path string) (*trust.Target, error) {
	if c.trusted == nil {
		return nil, errors.New("the metadata is not up to date")
	}
	top := c.trusted.Targets[metadata.TARGETS]
	visited := map[string]bool{}
	todo := []visit{{metadata.TARGETS, metadata.ROOT}}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if visited[next.role] { // 5.6.7.1: a cycle, or a second way to it
			continue
		}
		if len(visited) > maxDelegations {
			return nil, fmt.Errorf("%s: more than %d delegations, and none of them lists it", safe.Text(path), maxDelegations)
		}
		visited[next.role] = true
		md := top
		if next.role != metadata.TARGETS {
			var err error
			if md, err = c.delegated(ctx, next); err != nil {
				return nil, fmt.Errorf("%s: the search ends: %w", safe.Text(path), err)
			}
		}
		if t := trust.Listing(md, path); t != nil {
			return t, nil
		}
		ways, err := trust.Ways(md.Signed.Delegations, path) // 5.6.7.2
		if err != nil {
			return nil, &refused{next.role, err}
		}
		if len(ways) > 0 && ways[len(ways)-1].Terminating {
			todo = todo[:0]
		}
		for _, w := range slices.Backward(ways) {
			todo = append(todo, visit{w.Role, next.role})
		}
	}
	return nil, fmt.Errorf("%s: %w", safe.Text(path), ErrNotFound)
}

// delegated brings a delegated role up to date. It must not be called like a
// top-level role: its file would take the place of that role's in the cache.
func (c *Client) delegated(ctx context.Context, v visit) (*metadata.Metadata[metadata.TargetsType], error) {
	switch v.role {
	case "", metadata.ROOT, metadata.TIMESTAMP, metadata.SNAPSHOT, metadata.TARGETS:
		return nil, &refused{v.role, fmt.Errorf("%s must not delegate to a role of the name %q", safe.Text(v.delegator), v.role)}
	}
	return c.role(ctx, v.role, v.delegator)
}
