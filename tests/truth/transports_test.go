package truth

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// origin is the host that answers, in what a case says: the server has another port
// each time.
const origin = "127.0.0.1"

// elsewhereHost is another name for the same server.
const elsewhereHost = "mirror.example"

// sourced gives a run another source, which ends with the test.
func sourced(t *testing.T, cfg *engine.Config, o fetch.Options) {
	o.Proxy = "none"
	source, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.Close)
	cfg.Source = source
}

// renamed has a host of this name be the server of the run.
func renamed(t *testing.T, cfg *engine.Config, name string) {
	address := strings.TrimPrefix(cfg.Repository, "http://")
	sourced(t, cfg, fetch.Options{Resolve: map[string]string{name + ":80": address}})
}

// asFolder has the run look at the repository in a folder, and gives the folder.
func asFolder(t *testing.T, repo *demo.Repository, cfg *engine.Config) string {
	dir := t.TempDir()
	if err := repo.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	cfg.Repository = dir
	return dir
}

func write(t *testing.T, dir, name, text string) {
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// headers is a server that says this with the files of a path.
func headers(path string, pairs ...string) demo.Option {
	h := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = pairs[i+1]
	}
	return demo.WithFault(path, demo.Fault{Header: h})
}

// always is a fault that no retry heals.
func always(path string, kind demo.FaultKind, change ...func(*demo.Fault)) demo.Option {
	f := demo.Fault{Kind: kind}
	for _, c := range change {
		c(&f)
	}
	return demo.WithFault(path, f)
}

// retries lets items have another attempt.
func retries(_ *testing.T, _ *demo.Repository, cfg *engine.Config) { cfg.Retries = 2 }

// today has the repository published and looked at now, by the clock of this machine.
func today(s *demo.Spec) { s.Start = time.Now().Truncate(time.Second).Add(-time.Hour) }

func byTheClock(_ *testing.T, _ *demo.Repository, cfg *engine.Config) { cfg.At = time.Time{} }

// httpDate is a moment as servers write it.
func httpDate(d time.Duration) string {
	return time.Now().Add(d).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
}

func transportTruths() []truth {
	const a = "targets/a.txt"
	onlyB := []string{"team/b.txt"}
	return []truth{
		{
			name:    "the server answers with an error for one file",
			serve:   []demo.Option{always(a, demo.Status, func(f *demo.Fault) { f.Status = 503 })},
			says:    []string{"server-error a.txt"},
			verdict: engine.Undecided, verified: onlyB,
		},
		{
			name:    "access to one file is refused",
			serve:   []demo.Option{always(a, demo.Status, func(f *demo.Fault) { f.Status = 403 })},
			says:    []string{"forbidden a.txt"},
			verdict: engine.Undecided, verified: onlyB,
		},
		{
			name:    "connections for one file are reset",
			serve:   []demo.Option{always(a, demo.Reset)},
			says:    []string{"unreachable a.txt"},
			verdict: engine.Undecided, verified: onlyB,
		},
		{
			name:    "one file breaks off",
			serve:   []demo.Option{always(a, demo.Short, func(f *demo.Fault) { f.After = 10 })},
			says:    []string{"incomplete a.txt"},
			verdict: engine.Undecided, verified: onlyB,
		},
		{
			name:    "the server stays silent for one file",
			serve:   []demo.Option{always(a, demo.StallHeaders)},
			config:  impatient,
			says:    []string{"stalled a.txt"},
			verdict: engine.Undecided, verified: onlyB,
		},
		{
			name: "the server stays silent for all targets",
			spec: func(s *demo.Spec) {
				for i := range 8 {
					s.Targets = append(s.Targets, demo.Target{Path: string(rune('c'+i)) + ".txt", Size: 10})
				}
			},
			serve: []demo.Option{always("targets/**", demo.StallHeaders)},
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				impatient(t, repo, cfg)
				cfg.Workers, cfg.GiveUpAfter, cfg.StallTimeout = 1, 200*time.Millisecond, 20*time.Second
			},
			says: []string{
				"host-silent a.txt", "host-silent c.txt", "host-silent d.txt", "host-silent e.txt", "host-silent f.txt",
				"host-silent g.txt", "host-silent h.txt", "host-silent i.txt", "host-silent j.txt", "host-silent team/b.txt",
			},
			verdict: engine.Undecided, verified: []string{},
		},
		{
			name:    "one file is redirected to what is not followed",
			serve:   []demo.Option{always(a, demo.Redirect, func(f *demo.Fault) { f.Location = "ftp://mirror.example/a.txt" })},
			says:    []string{"unsafe-redirect a.txt"},
			verdict: engine.Undecided, verified: onlyB,
		},
		{
			name: "the targets are where nothing can be read",
			config: func(_ *testing.T, _ *demo.Repository, cfg *engine.Config) {
				cfg.TargetsURL = "ftp://mirror.example/targets"
			},
			says:    []string{"read-error a.txt", "read-error team/b.txt"},
			verdict: engine.Undecided, verified: []string{},
		},
		{
			name: "this machine has no free file for a connection",
			config: func(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
				sourced(t, cfg, fetch.Options{DialContext: func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", errTooManyFiles)}
				}})
			},
			says:    []string{"local-limit root v2", "local-limit timestamp"},
			verdict: engine.Undecided,
		},
		{
			name: "the repository is served without TLS by another machine",
			config: func(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
				renamed(t, cfg, "repo.example")
				cfg.Repository = "http://repo.example"
			},
			says: []string{"plain-http repo.example"},
		},
		{
			name: "only the targets are served without TLS by another machine",
			config: func(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
				renamed(t, cfg, "repo.example")
				cfg.TargetsURL = "http://repo.example/targets"
			},
			says: []string{"plain-http repo.example"},
		},
		{
			name:  "the timestamp came from a cache",
			serve: []demo.Option{headers("timestamp.json", "Age", "12")},
			says:  []string{"timestamp-cached timestamp"},
		},
		{
			name:  "the timestamp may be kept in caches for ten minutes",
			serve: []demo.Option{headers("timestamp.json", "Cache-Control", "public, max-age=600")},
			says:  []string{"timestamp-cached timestamp"},
		},
		{
			name:  "the timestamp expires from caches in an hour",
			serve: []demo.Option{headers("timestamp.json", "Expires", httpDate(time.Hour))},
			says:  []string{"timestamp-cached timestamp"},
		},
		{
			name:  "the timestamp may be kept for a minute, and everything else for a year",
			serve: []demo.Option{headers("**", "Cache-Control", "max-age=31536000"), headers("timestamp.json", "Cache-Control", "max-age=60"), headers("2.root.json", "Cache-Control", "no-cache, max-age=600")},
		},
		{
			name:  "that there is no later root may be kept in caches",
			serve: []demo.Option{demo.WithFault("*.root.json", demo.Fault{Kind: demo.Status, Status: 404, Header: map[string]string{"Cache-Control": "max-age=300"}})},
			says:  []string{"timestamp-cached root v2"},
		},
		{
			name:  "there is no later root, and only the one behind it may be kept in caches",
			serve: []demo.Option{headers("3.root.json", "Cache-Control", "max-age=300")},
		},
		{
			name:    "one file comes compressed",
			serve:   []demo.Option{headers(a, "Content-Encoding", "gzip")},
			says:    []string{"content-encoding " + origin, "server-error a.txt"},
			verdict: engine.Undecided, verified: onlyB,
		},
		{
			name:  "the files are labelled with an encoding that is none",
			serve: []demo.Option{headers("**", "Content-Encoding", "aws-chunked")},
			says:  []string{"content-encoding " + origin},
		},
		{
			name:    "a file labelled with an encoding that is none is wrong",
			serve:   []demo.Option{demo.WithFault(a, demo.Fault{Kind: demo.Corrupt, Header: map[string]string{"Content-Encoding": "aws-chunked"}})},
			says:    []string{"content-encoding " + origin, "wrong-hash a.txt"},
			verdict: engine.Broken, verified: onlyB,
		},
		{
			name:  "the server does not say how long the targets are",
			serve: []demo.Option{demo.WithFault("targets/**", demo.Fault{NoLength: true})},
			says:  []string{"content-length-missing " + origin},
		},
		{
			name:  "the server does not say how long the metadata is",
			serve: []demo.Option{demo.WithFault("*.json", demo.Fault{NoLength: true})},
			says:  []string{"content-length-missing " + origin},
		},
		{
			name: "the targets are redirected to another host",
			edit: func(t *testing.T, repo *demo.Repository) { copyTarget(t, repo, "a.txt", "elsewhere") },
			serve: []demo.Option{always(a, demo.Redirect, func(f *demo.Fault) {
				f.Location = "http://" + elsewhereHost + "/elsewhere"
			})},
			config: func(t *testing.T, _ *demo.Repository, cfg *engine.Config) { renamed(t, cfg, elsewhereHost) },
			says:   []string{"redirect-other-host " + origin},
		},
		{
			name:  "a target is redirected on the same host",
			edit:  func(t *testing.T, repo *demo.Repository) { copyTarget(t, repo, "a.txt", "elsewhere") },
			serve: []demo.Option{always(a, demo.Redirect, func(f *demo.Fault) { f.Location = "/elsewhere" })},
		},
		{
			name:    "the first request for a file brings wrong bytes, and the next the right ones",
			serve:   []demo.Option{demo.WithFault(a, demo.Fault{Kind: demo.Corrupt, Times: 1})},
			config:  retries,
			says:    []string{"answers-differ a.txt"},
			verdict: engine.Warned,
		},
		{
			name:    "the first request for a file brings a byte too many, and the next the right ones",
			serve:   []demo.Option{demo.WithFault(a, demo.Fault{Kind: demo.Long, Times: 1})},
			config:  retries,
			says:    []string{"answers-differ a.txt"},
			verdict: engine.Warned,
		},
		{
			name:    "two requests for a file bring two wrong ones",
			serve:   []demo.Option{demo.WithFault(a, demo.Fault{Kind: demo.Corrupt, Times: 1}, demo.Fault{Kind: demo.Corrupt, After: 5})},
			config:  retries,
			says:    []string{"answers-differ a.txt", "wrong-hash a.txt"},
			verdict: engine.Broken, verified: onlyB,
		},
		{
			name:    "two requests for a file bring the same wrong one",
			serve:   []demo.Option{always(a, demo.Corrupt)},
			config:  retries,
			says:    []string{"wrong-hash a.txt"},
			verdict: engine.Broken, verified: onlyB,
		},
		{
			name:    "a file is longer when the rest of it is asked for",
			serve:   []demo.Option{demo.WithFault(a, demo.Fault{Kind: demo.ResetBody, After: 50, Times: 1}, demo.Fault{Kind: demo.Long, Times: 1})},
			config:  retries,
			says:    []string{"answers-differ a.txt"},
			verdict: engine.Warned,
		},
		{
			name:   "a download breaks off, and the rest of it comes",
			serve:  []demo.Option{demo.WithFault(a, demo.Fault{Kind: demo.ResetBody, After: 50, Times: 1})},
			config: retries,
		},
		{
			name: "a download breaks off, and the server sends all of it again",
			serve: []demo.Option{demo.WithFault(a,
				demo.Fault{Kind: demo.ResetBody, After: 50, Times: 1}, demo.Fault{NoRange: true})},
			config: retries,
			says:   []string{"no-range " + origin},
		},
		{
			name:   "the server sends no parts, and none is asked for",
			serve:  []demo.Option{demo.WithFault("**", demo.Fault{NoRange: true})},
			config: retries,
		},
		{
			name: "the server sends more slowly than clients wait for",
			spec: func(s *demo.Spec) {
				for _, name := range []string{"c", "d", "e"} {
					s.Targets = append(s.Targets, demo.Target{Path: name, Size: 64 << 10})
				}
				s.Targets = append(s.Targets, demo.Target{Path: "large", Size: 32 << 20})
			},
			serve:  []demo.Option{demo.WithFault("targets/?", demo.Fault{Rate: 100 << 10})},
			config: func(_ *testing.T, _ *demo.Repository, cfg *engine.Config) { cfg.Workers = 1 },
			says:   []string{"slow " + origin},
		},
		{
			name:    "the server's clock is an hour behind",
			spec:    today,
			serve:   []demo.Option{headers("**", "Date", httpDate(-time.Hour))},
			config:  byTheClock,
			says:    []string{"clock-differs " + origin},
			verdict: engine.Warned,
		},
		{
			name:    "the server's clock is an hour ahead",
			spec:    today,
			serve:   []demo.Option{headers("**", "Date", httpDate(time.Hour))},
			config:  byTheClock,
			says:    []string{"clock-differs " + origin},
			verdict: engine.Warned,
		},
		{
			name:   "the server's clock is two minutes ahead",
			spec:   today,
			serve:  []demo.Option{headers("**", "Date", httpDate(2*time.Minute))},
			config: byTheClock,
		},
		{
			name:   "all but one answer come from a cache that does not say so",
			spec:   today,
			serve:  []demo.Option{headers("**", "Date", httpDate(-time.Hour)), headers(a)},
			config: byTheClock,
		},
		{
			name:   "targets come from a cache, an hour old",
			spec:   today,
			serve:  []demo.Option{headers("targets/**", "Date", httpDate(-time.Hour), "Age", "3600")},
			config: byTheClock,
		},
		{
			name:  "the server's clock differs, and no clock counts",
			serve: []demo.Option{headers("**", "Date", httpDate(-time.Hour))},
		},
		{
			name: "a folder has a file that no role lists",
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				write(t, asFolder(t, repo, cfg), "targets/team/left over.txt", "x")
			},
			says: []string{"unlisted-file team/left over.txt"},
		},
		{
			name: "a folder has many files that no role lists",
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				dir := asFolder(t, repo, cfg)
				for i := range 25 {
					write(t, dir, "targets/x/"+string(rune('a'+i)), "x")
				}
			},
			says: func() []string {
				list := []string{"unlisted-file repository"}
				for i := range 20 {
					list = append(list, "unlisted-file x/"+string(rune('a'+i)))
				}
				return list
			}(),
		},
		{
			name: "a folder whose metadata is among its targets",
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				dir := asFolder(t, repo, cfg)
				moved := t.TempDir()
				for _, p := range repo.Paths() {
					data, err := repo.ReadFile(p)
					if err != nil {
						t.Fatal(err)
					}
					write(t, moved, strings.TrimPrefix(p, "targets/"), string(data))
				}
				_ = dir
				cfg.Repository, cfg.TargetsURL = moved, moved
			},
		},
		{
			name: "a folder without consistent snapshots",
			spec: func(s *demo.Spec) { s.PlainNames = true },
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				dir := asFolder(t, repo, cfg)
				write(t, dir, "targets/"+strings.Repeat("0a", 32)+".a.txt", "an older content")
			},
			says: []string{"unlisted-file " + strings.Repeat("0a", 32) + ".a.txt"},
		},
		{
			name: "a folder where a role's file is missing, and with it what it lists",
			edit: func(_ *testing.T, repo *demo.Repository) { repo.Remove(repo.MetaFile("team")) },
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				write(t, asFolder(t, repo, cfg), "targets/left over.txt", "x")
			},
			says:    []string{"missing team"},
			verdict: engine.Broken,
		},
	}
}

// impatient gives up what is silent after a moment.
func impatient(_ *testing.T, _ *demo.Repository, cfg *engine.Config) {
	cfg.StallAfter, cfg.StallTimeout = 300*time.Millisecond, 300*time.Millisecond
}

// copyTarget puts a target's content under another path of the repository.
func copyTarget(t *testing.T, repo *demo.Repository, target, to string) {
	l, ok := repo.Target(target)
	if !ok {
		t.Fatalf("there is no target %s", target)
	}
	data, err := repo.ReadFile(l.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	repo.Set(to, data)
}
