// Package mutant makes small repositories by chance and breaks one thing in each, for
// tests that hold a verifier against go-tuf's own client.
//
// [New] takes a seed and always makes the same of it. [Case.Client] is go-tuf's client
// over exactly the bytes that the case serves: what it refuses, nobody may call
// verified.
package mutant

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/demo"
)

// Case is a repository with one thing wrong.
type Case struct {
	Seed uint64
	// What was changed, for the log of a test that has failed.
	What string
	// Root is the trusted root, and At the moment as of which expiry is judged.
	Root []byte
	At   time.Time
	// Status is what a file is answered with in place of its content.
	Status map[string]int
	// Listed are the paths that some role listed before the change.
	Listed []string

	repo *demo.Repository
}

// start is when all of them are published.
func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// errNothing says that the change that chance has chosen does not apply.
var errNothing = errors.New("the change does not apply")

// New makes the case of a seed. It tries other changes until one applies.
func New(seed uint64) (*Case, error) {
	for try := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, try))
		c := &Case{Seed: seed, At: start().Add(time.Hour), Status: map[string]int{}}
		err := c.make(rnd)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, errNothing) {
			return nil, fmt.Errorf("making the repository of seed %d: %w", seed, err)
		}
	}
	return nil, fmt.Errorf("making the repository of seed %d: no change applies", seed)
}

func (c *Case) make(rnd *rand.Rand) error {
	g := generator{rnd: rnd}
	spec := g.spec()
	m := mutator{rnd: rnd, c: c, spec: spec}
	spec.Tamper = func(name string, _ map[string]any) { m.roles = append(m.roles, name) }
	repo, err := spec.Build()
	if err != nil {
		return err
	}
	c.repo = repo
	for _, l := range repo.Targets() {
		c.Listed = append(c.Listed, l.Path)
	}
	if err := m.mutate(); err != nil {
		return err
	}
	for _, l := range c.repo.Targets() {
		c.Listed = append(c.Listed, l.Path)
	}
	slices.Sort(c.Listed)
	c.Listed = slices.Compact(c.Listed)
	if c.Root == nil {
		c.Root = repo.Root(1)
	}
	return nil
}

// Get answers for a file by its path below the repository's root: its content, or an
// HTTP status.
func (c *Case) Get(name string) (data []byte, status int) {
	if s := c.Status[name]; s != 0 {
		return nil, s
	}
	data, err := c.repo.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, http.StatusNotFound
	case err != nil:
		return nil, http.StatusInternalServerError
	}
	return data, http.StatusOK
}

// ServeHTTP serves the case.
func (c *Case) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Role names are escaped once in the names of their files, and once more in the
	// address; the second is undone here.
	data, status := c.Get(strings.TrimPrefix(r.URL.Path, "/"))
	if status != http.StatusOK {
		// A folder of files cannot tell the two apart.
		if data, again := c.Get(strings.TrimPrefix(r.URL.EscapedPath(), "/")); again == http.StatusOK {
			_, _ = w.Write(data)
			return
		}
		http.Error(w, http.StatusText(status), status)
		return
	}
	_, _ = w.Write(data)
}

// String names the case.
func (c *Case) String() string {
	return fmt.Sprintf("seed %d: %s", c.Seed, cmp.Or(c.What, "nothing was changed"))
}
