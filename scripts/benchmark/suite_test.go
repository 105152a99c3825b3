package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWorkloadsAreChosenByName(t *testing.T) {
	names := func(all []workload) string {
		var s []string
		for _, w := range all {
			s = append(s, w.name)
		}
		return strings.Join(s, " ")
	}
	all := workloads(fullSizes())
	for only, want := range map[string]string{
		"":         names(all),
		"W1":       "W1",
		"w2,W1":    "W2 W1",
		"W3":       "W3 W3-one W3-copies",
		"w3-one":   "W3-one",
		"W1,W1,W4": "W1 W4",
		// A workload runs once, however often it is named.
		"W3,W3-one":    "W3 W3-one W3-copies",
		"W3-one,W1,W3": "W3-one W1 W3 W3-copies",
	} {
		got, err := choose(all, only)
		if err != nil || names(got) != want {
			t.Errorf("%q chooses %q (%v), not %q", only, names(got), err, want)
		}
	}
	if _, err := choose(all, "W1,W0"); err == nil || !strings.Contains(err.Error(), `"W0"`) {
		t.Errorf("a workload that is not there: %v", err)
	}
}

func TestEveryWorkloadHasAFloorAndItsGoalsHaveABase(t *testing.T) {
	for _, z := range []sizes{fullSizes(), quickSizes()} {
		folders := map[string]repo{}
		for _, w := range workloads(z) {
			s := &stage{self: "self", cache: "cache", base: "http://127.0.0.1:1", trees: []tree{{inspectorName, "bin"}, {inspectorName + " (old)", "old"}}}
			s.peers.which = allPeers
			contenders := w.contenders(s)
			if contenders[0].inspector {
				t.Errorf("%s: the first one is not a base", w.name)
			}
			if n := len(slices.Collect(filter(contenders, func(c contender) bool { return c.inspector }))); n != 2 {
				t.Errorf("%s: %d inspectors, not 2", w.name, n)
			}
			for _, g := range w.goals {
				if g.base != "" && !slices.ContainsFunc(contenders, func(c contender) bool { return c.name == g.base }) {
					t.Errorf("%s: nothing is called %q", w.name, g.base)
				}
			}
			for _, r := range w.repos {
				if other, ok := folders[r.name()]; ok && other != r {
					t.Errorf("%s is the folder of %+v and of %+v", r.name(), r, other)
				}
				folders[r.name()] = r
			}
		}
	}
}

func filter[T any](all []T, keep func(T) bool) func(func(T) bool) {
	return func(yield func(T) bool) {
		for _, x := range all {
			if keep(x) && !yield(x) {
				return
			}
		}
	}
}

func TestARepositoryIsKeptUntilItChangesOrAges(t *testing.T) {
	cache, now := t.TempDir(), time.Now()
	r := repo{Targets: 3, Size: 10, Bins: 2}
	if err := build(cache, r, now); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, r.name())
	list, err := readList(filepath.Join(dir, listFile))
	if err != nil || len(list) != 3 {
		t.Fatalf("%d in the list, not 3: %v", len(list), err)
	}
	for _, x := range list {
		info, err := os.Stat(filepath.Join(dir, "repo", filepath.FromSlash(x.file)))
		if err != nil || info.Size() != x.length || x.length != 10 {
			t.Errorf("%s: %v", x.file, err)
		}
	}
	other := r
	other.Keys = 2
	for _, c := range []struct {
		name string
		repo repo
		at   time.Time
		want bool
	}{
		{"at once", r, now, true},
		{"when it has aged", r, now.Add(validity * 2 / 3), false},
		{"before it was built", r, now.Add(-time.Hour), false},
		{"for another one", other, now, false},
	} {
		if got := fresh(dir, c.repo, c.at); got != c.want {
			t.Errorf("%s: fresh is %v", c.name, got)
		}
	}
}

func TestLargeTargetsAreLinksToTheSameContents(t *testing.T) {
	cache, now := t.TempDir(), time.Now()
	files := repo{Targets: 2, Size: 1000}
	linked := []repo{{Targets: 2, Size: 1000, Both: true, Plain: true}, {Targets: 2, Size: 1000, Both: true}}
	for _, r := range append([]repo{files}, linked...) {
		if err := build(cache, r, now); err != nil {
			t.Fatal(err)
		}
	}
	stat := func(r repo) []os.FileInfo {
		list, err := readList(filepath.Join(cache, r.name(), listFile))
		if err != nil {
			t.Fatal(err)
		}
		var all []os.FileInfo
		for _, x := range list {
			info, err := os.Stat(filepath.Join(cache, r.name(), "repo", filepath.FromSlash(x.file)))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, info)
		}
		return all
	}
	first := stat(files)
	for _, r := range linked {
		for i, info := range stat(r) {
			if !os.SameFile(first[i], info) {
				t.Errorf("%s: file %d is another one", r.name(), i)
			}
		}
	}
}

func TestALineOfAListIsReadAsItWasWritten(t *testing.T) {
	got, err := parseListed("targets/a/HASH.b\ta/b\t12\tabc\t-")
	if want := (listed{"targets/a/HASH.b", "a/b", 12, "abc", ""}); err != nil || got != want {
		t.Errorf("%+v (%v), not %+v", got, err, want)
	}
	for _, line := range []string{"", "a\tb\tc", "a\tb\tlong\td\te"} {
		if _, err := parseListed(line); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
}

func TestOnlyAReportThatHasVerifiedAllIsTaken(t *testing.T) {
	const roles = `"roles": [{"state": "accepted"}]`
	for _, c := range []struct {
		name, report string
		ok           bool
	}{
		{"all is well", `{"verdict": "healthy", ` + roles + `, "targets": {"total": 3, "verified": 3}}`, true},
		{"one is not verified", `{"verdict": "healthy", ` + roles + `, "targets": {"total": 3, "verified": 2}, "problems": [{"problem": {"text": "gone"}}]}`, false},
		{"one is not listed", `{"verdict": "healthy", ` + roles + `, "targets": {"total": 2, "verified": 2}}`, false},
		{"a role was refused", `{"verdict": "warning", "roles": [{"state": "refused"}], "targets": {"total": 3, "verified": 3}}`, false},
		{"it could not be decided", `{"verdict": "unknown", ` + roles + `, "targets": {"total": 3, "verified": 3}}`, false},
		{"there is nothing", ``, false},
	} {
		file := filepath.Join(t.TempDir(), reportFile)
		if err := os.WriteFile(file, []byte(c.report), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := verifyReport(file, repo{Targets: 3}); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTheFloorFetchesAndComparesEverything(t *testing.T) {
	cache := t.TempDir()
	r := repo{Targets: 20, Size: 100, Both: true}
	if err := build(cache, r, time.Now()); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(cache)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	served := httptest.NewServer(fileHandler(root, 0))
	defer served.Close()
	args := []string{"-n", "4", "-url", r.url(served.URL), "-list", filepath.Join(cache, r.name(), listFile)}
	if err := floorCommand(t.Context(), args); err != nil {
		t.Error(err)
	}
	trusted := filepath.Join(cache, r.name(), rootFile)
	if err := gotufCommand(t.Context(), append(args, "-root", trusted)); err != nil {
		t.Error(err)
	}
	list, err := readList(filepath.Join(cache, r.name(), listFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cache, r.name(), "repo", filepath.FromSlash(list[7].file)), make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := floorCommand(t.Context(), args); err == nil {
		t.Error("other bytes were taken")
	}
}

func TestAFolderIsNotServed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for path, want := range map[string]int{"/f": http.StatusOK, "/": http.StatusNotFound, "/g": http.StatusNotFound, "/../f": http.StatusNotFound} {
		w := httptest.NewRecorder()
		fileHandler(root, time.Nanosecond)(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+path, http.NoBody))
		if w.Code != want {
			t.Errorf("%s: %d, not %d", path, w.Code, want)
		}
	}
}
