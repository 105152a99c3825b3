package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// memory is a Source over a built repository, without a network: it waits on
// contexts and channels only, so that a fake clock governs it.
type memory struct {
	repo *demo.Repository

	mu    sync.Mutex
	sick  map[string]func(ctx context.Context, n int, tr fetch.Trace) error // by base name of the target, or metadata file name
	asked map[string]int
	most  int // attempts at the same time
	now   int
}

func newMemory(repo *demo.Repository) *memory {
	return &memory{repo: repo, sick: map[string]func(context.Context, int, fetch.Trace) error{}, asked: map[string]int{}}
}

func (m *memory) Locate(f fetch.File) (string, error) {
	if f.Name == "" || f.Name[0] == '/' {
		return "", &fetch.Error{Kind: finding.UnsafeName, Text: "absolute"}
	}
	return "mem:" + f.Base + "/" + f.Name, nil
}

func (m *memory) Close() {}

// key is what a test names a file by: without the hash of consistent snapshots.
func key(name string) string {
	base := path.Base(name)
	if i := bytes.IndexByte([]byte(base), '.'); i == 64 || i == 128 {
		base = base[i+1:]
	}
	return base
}

func (m *memory) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	k := key(req.Name)
	m.mu.Lock()
	m.asked[k]++
	n := m.asked[k]
	f := m.sick[k]
	m.now++
	m.most = max(m.most, m.now)
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.now--
		m.mu.Unlock()
	}()
	tr.Enter(fetch.Mark{Phase: fetch.Connect, Address: "192.0.2.1:80"})
	tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: "192.0.2.1:80"})
	if f != nil {
		if err := f(ctx, n, tr); err != nil {
			return 0, err
		}
	}
	r, err := m.open(req)
	if err != nil {
		return 0, err
	}
	tr.Respond(fetch.Response{Status: 200, Protocol: "HTTP/1.1", Length: r.Size()})
	tr.Enter(fetch.Mark{Phase: fetch.Body})
	if req.Length >= 0 && r.Size() != req.Length {
		return 0, &fetch.Error{Kind: finding.WrongLength, Text: fmt.Sprintf("%d bytes, %d signed", r.Size(), req.Length)}
	}
	c, err := io.Copy(sink, r)
	tr.Got(int(c))
	return c, err
}

// open is the file that a request is for.
func (m *memory) open(req fetch.Request) (*io.SectionReader, error) {
	name := req.Name
	if req.Flat {
		name = url.PathEscape(name)
	}
	r, err := m.repo.Open(path.Join(m.folder(req.Base), name))
	if errors.Is(err, demo.ErrNotThere) {
		return nil, &fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404}
	}
	return r, err
}

// folder is where a base's files are in the repository: "https://repo" is its top.
func (m *memory) folder(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return path.Join(".", strings.ReplaceAll(u.Path, `\`, "/")) // as a folder is written on Windows
}

// silent stalls in the phase that was reached, until the attempt is ended, for the
// first times requests.
func silent(times int) func(context.Context, int, fetch.Trace) error {
	return func(ctx context.Context, n int, _ fetch.Trace) error {
		if n > times {
			return nil
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}
}

// broken fails the first times requests.
func broken(times int, e fetch.Error) func(context.Context, int, fetch.Trace) error {
	return func(_ context.Context, n int, _ fetch.Trace) error {
		if n > times {
			return nil
		}
		return &e
	}
}

// build makes a repository of n targets t0…, small ones.
func build(t testing.TB, n int, change ...func(*demo.Spec)) *demo.Repository {
	t.Helper()
	spec := demo.Spec{Seed: 1, Start: time.Now().Add(-time.Hour).Truncate(time.Second)}
	spec.Timestamp.Expires = 30 * 24 * time.Hour
	for i := range n {
		spec.Targets = append(spec.Targets, demo.Target{Path: fmt.Sprintf("t%d", i), Size: 100})
	}
	for _, f := range change {
		f(&spec)
	}
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// configFor is a configuration for a repository behind a memory source, with a number
// of workers that stays the same.
func configFor(m *memory) Config {
	c := DefaultConfig()
	c.Workers = 16
	c.Source, c.Repository = m, "https://repo"
	c.Root, c.RootSource = m.repo.Root(1), RootFile
	return c
}

// byPath finds the item of a target or metadata file.
func byPath(t testing.TB, st *State, p string) *Item {
	t.Helper()
	for i := range st.Items.Len() {
		if st.Items.At(i).Path == p && st.Items.At(i).Kind != Copy {
			return st.Items.At(i)
		}
	}
	t.Fatalf("no item %s", p)
	return nil
}

// check that a run kept the protocol.
func checkRun(t testing.TB, st *State) {
	t.Helper()
	if st.Violations != 0 {
		t.Errorf("%d events broke the protocol", st.Violations)
	}
	if len(st.Faults) != 0 {
		t.Errorf("faults of the inspector: %+v", st.Faults)
	}
}

// show is a run for the log of a failed test.
func show(st *State) string {
	var b bytes.Buffer
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		fmt.Fprintf(&b, "%-20s %-10s %d attempts  %s\n", it.Path, it.State, it.Attempt, it.Reason)
	}
	for i := range st.Roles {
		r := &st.Roles[i]
		fmt.Fprintf(&b, "role %s v%d %s: %s\n", r.Name, r.Version, r.State, r.Problem)
	}
	for n := range st.Notes.All() {
		fmt.Fprintf(&b, "%s %s %s: %s\n", n.Finding.Severity, n.Finding.ID, n.Finding.Subject, n.Finding.Message)
	}
	return b.String()
}
