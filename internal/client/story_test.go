package client_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/client"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/trust"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// published is when the first repository of each story is published; its client
// looks an hour later.
var published = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// story is what happens to a repository and to one client of it.
type story struct {
	name string
	spec demo.Spec
	// root, if set, makes another root of the first one that is served, to be the one
	// that the client is given.
	root  func(root []byte) []byte
	steps []step
}

// step is something that happens to the repository, and then an update of the client.
type step struct {
	// publish edits the Spec and publishes a repository made of it.
	publish func(s *demo.Spec)
	// change edits what is served and nothing that lists it.
	change func(r *demo.Repository)
	faults map[string]demo.Fault
	later  time.Duration // how much time goes by

	download string // the target to be downloaded; "" only updates the metadata

	fails string // a part of the error; "" means that there is none
	// asks are all requests, in their order, or "nothing"; "" is not looked at. Metadata
	// is written without ".json", a hash in a target's name as HASH256 or HASH512.
	asks string
	// caches is what the cache holds afterwards, roles with their versions, sorted; ""
	// is not looked at.
	caches string
}

// tell runs stories. After each step it also holds that the cache has nothing but
// files as they were served, and the store nothing but signed contents.
func tell(t *testing.T, stories []story) {
	t.Helper()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s.spec, s.root)
			for i, st := range s.steps {
				w.step(st, fmt.Sprintf("step %d", i+1))
			}
		})
	}
}

// world is a server of a repository that changes, and a client.
type world struct {
	t      *testing.T
	spec   demo.Spec
	repo   *demo.Repository
	server *demo.Server
	source *fetch.Client
	at     time.Time
	cache  client.Folder
	store  client.Files
	limits trust.Limits

	told   int             // requests of the server's log that were looked at
	served map[string]bool // all files of metadata that ever were
}

func newWorld(t *testing.T, spec demo.Spec, root func([]byte) []byte) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{
		t: t, spec: spec, at: published.Add(time.Hour), served: map[string]bool{},
		cache: client.Folder{Dir: filepath.Join(dir, "metadata"), Limit: 64 << 20},
		store: client.Files{Dir: filepath.Join(dir, "targets")},
	}
	w.spec.Start = published
	// Stories run side by side, and each publishes something of its own.
	w.spec.Targets, w.spec.Delegations = slices.Clone(spec.Targets), slices.Clone(spec.Delegations)
	for i := range w.spec.Delegations {
		w.spec.Delegations[i].Targets = slices.Clone(w.spec.Delegations[i].Targets)
	}
	w.repo = w.build()
	var err error
	if w.server, err = demo.Serve(w.repo); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	if w.source, err = fetch.New(fetch.Options{Proxy: "none"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.source.Close)
	trusted := w.repo.Root(1)
	if root == nil {
		if err := w.client().Init(trusted); err != nil {
			t.Fatal(err)
		}
		return w
	}
	trusted = root(slices.Clone(trusted))
	if err := w.client().Init(trusted); err != nil { // as one that does not look at it would
		if err := w.cache.Write("root", trusted); err != nil {
			t.Fatal(err)
		}
	}
	w.served[string(trusted)] = true
	return w
}

func (w *world) build() *demo.Repository {
	w.t.Helper()
	repo, err := w.spec.Build()
	if err != nil {
		w.t.Fatal(err)
	}
	return repo
}

func (w *world) client() *client.Client {
	remote := func(base string, flat bool) client.Fetcher {
		return &client.Remote{Source: w.source, Base: base, Flat: flat, Patience: client.DefaultPatience()}
	}
	return client.New(client.Config{
		Metadata: remote(w.server.URL(), true), Targets: remote(w.server.URL()+"/targets", false),
		Cache: w.cache, At: w.at, Limits: w.limits,
	})
}

func (w *world) step(st step, where string) {
	w.t.Helper()
	if st.publish != nil {
		st.publish(&w.spec)
		w.repo = w.build()
		w.server.Use(w.repo)
	}
	if st.change != nil {
		st.change(w.repo)
	}
	for path, fault := range st.faults {
		w.server.SetFault(path, fault)
	}
	w.at = w.at.Add(st.later)
	for _, p := range w.repo.Paths() {
		if data, err := w.repo.ReadFile(p); err == nil && strings.HasSuffix(p, ".json") {
			w.served[string(data)] = true
		}
	}

	var err error
	if st.download == "" {
		err = w.client().Refresh(w.t.Context())
	} else {
		err = w.client().Download(w.t.Context(), st.download, w.store)
	}
	switch {
	case st.fails == "" && err != nil:
		w.t.Errorf("%s: %v", where, err)
	case st.fails != "" && (err == nil || !strings.Contains(err.Error(), st.fails)):
		w.t.Errorf("%s: the error is %v, want one with %q", where, err, st.fails)
	}
	asked := w.asked()
	if st.asks != "" && asked != st.asks {
		w.t.Errorf("%s: asked for %s\nwant %s", where, asked, st.asks)
	}
	if got := w.cached(); st.caches != "" && got != st.caches {
		w.t.Errorf("%s: the cache has %s\nwant %s", where, got, st.caches)
	}
	if st.download != "" && err == nil {
		w.compareTarget(st.download, where)
	}
}

var hashed = regexp.MustCompile(`\b[0-9a-f]{64,128}\b`)

// asked gives the requests since it was asked last.
func (w *world) asked() string {
	log := w.server.Log()
	var out []string
	for _, r := range log[w.told:] {
		p := strings.TrimSuffix(r.Path, ".json")
		p = hashed.ReplaceAllStringFunc(p, func(h string) string { return fmt.Sprintf("HASH%d", 4*len(h)) })
		if r.Method != "GET" || r.Range != "" {
			p = r.Method + " " + p + " " + r.Range
		}
		out = append(out, p)
	}
	w.told = len(log)
	if out == nil {
		return "nothing"
	}
	return strings.Join(out, " ")
}

// capitals are large letters as they are quoted where a file's name may have them or not.
var capitals = regexp.MustCompile("%(4[1-9A-F]|5[0-9A])")

// cached gives the roles in the cache with their versions.
func (w *world) cached() string {
	w.t.Helper()
	entries, err := os.ReadDir(w.cache.Dir)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		data, err := os.ReadFile(filepath.Join(w.cache.Dir, e.Name()))
		if !ok || err != nil {
			w.t.Errorf("the cache has a file %s: %v", e.Name(), err)
			continue
		}
		if !w.served[string(data)] {
			w.t.Errorf("the cache's %s is not as it was served", e.Name())
		}
		name = capitals.ReplaceAllStringFunc(name, func(quoted string) string {
			letter, _ := url.PathUnescape(quoted)
			return letter
		})
		var md struct{ Signed struct{ Version int64 } }
		_ = json.Unmarshal(data, &md) // what is no JSON has version 0
		out = append(out, fmt.Sprintf("%s:%d", name, md.Signed.Version))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// compareTarget holds that the store's file is the one that the repository means.
func (w *world) compareTarget(path, where string) {
	w.t.Helper()
	f, err := w.store.Open(path)
	if err != nil {
		w.t.Errorf("%s: %v", where, err)
		return
	}
	defer f.Close()
	listed, ok := w.repo.Target(path)
	if st, err := f.(*os.File).Stat(); !ok || err != nil || st.Size() != listed.Length {
		w.t.Errorf("%s: the stored %s is not the one that is listed (%v)", where, path, err)
	}
}

// stored gives the contents of the store, in no certain order.
func (w *world) stored() []string {
	w.t.Helper()
	entries, _ := os.ReadDir(w.store.Dir)
	out := []string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(w.store.Dir, e.Name()))
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

// versions sets the versions of timestamp, snapshot and targets.
func versions(s *demo.Spec, timestamp, snapshot, targets int64) {
	s.Timestamp.Version, s.Snapshot.Version, s.TargetsRole.Version = timestamp, snapshot, targets
}

// republish publishes with these versions of timestamp, snapshot and targets.
func republish(timestamp, snapshot, targets int64) func(*demo.Spec) {
	return func(s *demo.Spec) { versions(s, timestamp, snapshot, targets) }
}

// setVersion signs a role again with another version; nothing that lists it changes.
func setVersion(r *demo.Repository, role string, version int64) {
	edit(r, role, func(signed map[string]any) { signed["version"] = version })
}

// edit signs a role again after a change; nothing that lists it changes.
func edit(r *demo.Repository, role string, change func(map[string]any)) {
	if err := r.Resign(role, change); err != nil {
		panic(err)
	}
}

// asFresh are the requests of a client that has nothing but the root of a repository
// whose roles are all of version 1.
const asFresh = "2.root timestamp 1.snapshot 1.targets"

// allFirst is the cache after them.
const allFirst = "root:1 snapshot:1 targets:1 timestamp:1"
