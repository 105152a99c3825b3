package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"example.com/tufinspect/demo"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, programs)
}

// programs are what this test binary is when it is called by another name. "hasty" has
// shorter limits.
var programs = map[string]func(){
	"tufinspect": main,
	"hasty":      func() { os.Exit(start(hasty())) },
	// Any second signal is one.
	"insisting": func() {
		l := defaultLimits()
		l.again = 0
		os.Exit(start(l))
	},
}

func hasty() limits {
	const short = 400 * time.Millisecond * (slower + 2) / 3
	return limits{
		look: 20 * time.Millisecond, silent: short, lines: 50 * time.Millisecond,
		report: sayWithin + time.Second/2, // a message has its time, too
		stop:   short, late: short, dump: short / 4, death: patience, orphan: patience, pause: patience, again: 20 * time.Millisecond,
	}
}

// patience is how long anything is waited for.
const patience = 20 * time.Second * slower

// tidy are the tests, and none of them may leave a goroutine behind.
type tidy struct{ *testing.M }

// Run is part of testscript.TestingM.
func (m tidy) Run() int {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			// Under nohup, or behind a shell's &, the programs would not hear it either,
			// as they should.
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	// Nothing here may remember anything in the home of who runs the tests.
	state, err := os.MkdirTemp("", "tufinspect-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(state)
	os.Setenv("XDG_STATE_HOME", state)
	code := m.M.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

// TestScripts runs whole command lines. Besides testscript's own commands there are
//
//	repo KIND DIR    builds a repository as a folder, and DIR.root.json beside it
//	serve DIR        serves it on loopback until the script ends; $URL is its address
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TERM", "xterm-256color")
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			env.Setenv("FIXTURES", os.Getenv("TUFINSPECT_FIXTURES"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "fixtures" {
				return os.Getenv("TUFINSPECT_FIXTURES") != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"repo":  cmdRepo,
			"serve": cmdServe,
			// exit CODE COMMAND… runs a command that has to end with this code.
			"exits": cmdExits,
			// await FILE waits until a command in the background has made a file.
			"await": cmdAwait,
			// find DIR PATTERN wants a file of such a name below a folder; $FOUND is its path.
			"find": cmdFind,
			// unpack FILE unpacks an archive beside itself.
			"unpack": cmdUnpack,
		},
	})
}

// repositories are those that scripts can name. All are published now.
var repositories = map[string]func(*demo.Spec){
	"healthy": func(*demo.Spec) {},
	"expired": func(s *demo.Spec) { s.Timestamp.Expires = -time.Hour },
	"soon":    func(s *demo.Spec) { s.Timestamp.Expires = 3 * time.Hour },
	"first":   func(s *demo.Spec) { published(s, 1) },
	"later":   func(s *demo.Spec) { published(s, 2) },
	"latest": func(s *demo.Spec) {
		published(s, 3)
		s.Targets = append(s.Targets, demo.Target{Path: "new.txt", Size: 10})
	},
	"last": func(s *demo.Spec) {
		published(s, 4)
		s.Targets = append(s.Targets, demo.Target{Path: "new.txt", Size: 10})
	},
	"nested": func(s *demo.Spec) { s.MetadataDir = "metadata" },
	"null-target": func(s *demo.Spec) {
		s.Tamper = demo.OnRole("targets", func(signed map[string]any) { demo.Sub(signed, "targets")["a.txt"] = nil })
	},
	"null-key": func(s *demo.Spec) {
		s.Tamper = demo.OnRole("1.root", func(signed map[string]any) {
			demo.Sub(signed, "keys")["aa"] = nil
			root := demo.Sub(signed, "roles", "root")
			root["keyids"] = append(root["keyids"].([]any), "aa")
		})
	},
	"null-role": func(s *demo.Spec) {
		s.Tamper = demo.OnRole("1.root", func(signed map[string]any) { demo.Sub(signed, "roles")["timestamp"] = nil })
	},
	"no-snapshot": func(s *demo.Spec) {
		s.Tamper = demo.OnRole("timestamp", func(signed map[string]any) { signed["meta"] = map[string]any{} })
	},
	"deep": func(s *demo.Spec) {
		s.TamperFile = func(name string, file []byte) []byte {
			if name != "targets" {
				return file
			}
			return []byte(strings.Repeat(`{"signed":`, 1_000_000))
		}
	},
	"hostile": func(s *demo.Spec) {
		for _, p := range []string{"../../etc/passwd", "/etc/hostname", "x\x1b[2J\x1b]52;c;aGk=\x07y", "a/../../b", "q?r#s%41"} {
			s.Targets = append(s.Targets, demo.Target{Path: p, Content: []byte("hi")})
		}
		s.PlainNames = true
	},
}

// published gives a version to all that a publication signs anew. All of them are of
// one repository, whose root is always the same.
func published(s *demo.Spec, version int64) {
	s.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, r := range []*demo.Role{&s.Root, &s.Timestamp, &s.Snapshot, &s.TargetsRole} {
		r.Expires = 50 * 365 * 24 * time.Hour
	}
	s.Timestamp.Version, s.Snapshot.Version, s.TargetsRole.Version = version, version, version
}

// sickServers are ways to serve the healthy repository badly.
var sickServers = map[string]map[string]demo.Fault{
	"sick":    {"targets/a.txt": {Kind: demo.Corrupt, After: 10}, "targets/c.txt": {Kind: demo.StallBody, After: 100}},
	"endless": {"timestamp.json": {Kind: demo.Endless}},
	"stalled": {"timestamp.json": {Kind: demo.StallHeaders}},
}

func cmdRepo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || repositories[args[0]] == nil {
		ts.Fatalf("usage: repo KIND DIR")
	}
	spec := demo.Spec{Seed: 7, Start: time.Now().Add(-2 * time.Hour).Truncate(time.Second)}
	spec.Timestamp.Expires = 10 * 24 * time.Hour
	spec.Targets = []demo.Target{{Path: "a.txt", Size: 1000}, {Path: "dir/b.txt", Size: 2000}}
	repositories[args[0]](&spec)
	repo, err := spec.Build()
	ts.Check(err)
	dir := ts.MkAbs(args[1])
	if args[0] == "hostile" { // names that no folder should have
		ts.Check(os.MkdirAll(dir, 0o755))
		for _, p := range repo.Paths() {
			if strings.HasPrefix(p, "targets/") {
				continue
			}
			data, err := repo.ReadFile(p)
			ts.Check(err)
			ts.Check(os.WriteFile(filepath.Join(dir, p), data, 0o600))
		}
	} else {
		ts.Check(repo.WriteTo(dir))
	}
	ts.Check(os.WriteFile(dir+".root.json", repo.Root(1), 0o600))
}

func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	sick := sickServers[args[0]]
	if neg || len(args) != 2 || repositories[args[0]] == nil && sick == nil {
		ts.Fatalf("usage: serve KIND ROOT")
	}
	spec := demo.Spec{Seed: 7}
	spec.Timestamp.Expires = 10 * 24 * time.Hour
	spec.Targets = []demo.Target{{Path: "a.txt", Size: 1000}, {Path: "dir/b.txt", Size: 2000}, {Path: "c.txt", Size: 3000}}
	if f := repositories[args[0]]; f != nil {
		f(&spec)
	}
	repo, err := spec.Build()
	ts.Check(err)
	server, err := demo.Serve(repo)
	ts.Check(err)
	ts.Defer(server.Close)
	for path, fault := range sick {
		server.SetFault(path, fault)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), repo.Root(1), 0o600))
	ts.Setenv("URL", server.URL())
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s is not there after %s", args[0], patience)
		}
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s\nstdout:\n%s\nstderr:\n%s", got, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}
