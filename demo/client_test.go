package demo_test

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

// plainFetcher fetches for go-tuf without its retries.
type plainFetcher struct{ client *http.Client }

func (f plainFetcher) DownloadFile(url string, maxLength int64, _ time.Duration) ([]byte, error) {
	res, err := f.client.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: res.StatusCode, URL: url}
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxLength+1))
	if err == nil && int64(len(data)) > maxLength {
		err = &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s: more than %d bytes", url, maxLength)}
	}
	return data, err
}

// client gives an HTTP client that leaves nothing behind.
func client(t testing.TB) *http.Client {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

func serve(t testing.TB, repo *demo.Repository, opts ...demo.Option) *demo.Server {
	t.Helper()
	s, err := demo.Serve(repo, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// update is go-tuf's client, trusting version 1 of the root.
func update(t testing.TB, repo *demo.Repository, s *demo.Server) (*updater.Updater, error) {
	t.Helper()
	url := strings.TrimSuffix(s.URL()+"/"+path.Dir(repo.MetaFile("1.root")), "/.")
	cfg, err := config.New(url, repo.Root(1))
	if err != nil {
		t.Fatal(err)
	}
	cfg.RemoteTargetsURL = s.URL() + "/targets"
	cfg.LocalMetadataDir = t.TempDir()
	cfg.LocalTargetsDir = t.TempDir()
	cfg.DisableLocalCache = true
	cfg.Fetcher = plainFetcher{client(t)}
	up, err := updater.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	up.UnsafeSetRefTime(repo.Start().Add(time.Minute))
	return up, up.Refresh()
}

func TestGoTufAccepts(t *testing.T) {
	small := []demo.Target{{Path: "a b/c%d#.txt", Size: 5}, {Path: "x", Size: 70_000}}
	with := func(edit func(s *demo.Spec)) demo.Spec {
		s := demo.Spec{Start: start, Targets: small}
		edit(&s)
		return s
	}
	tests := map[string]demo.Spec{
		"the zero spec":                        {},
		"plain targets":                        with(func(*demo.Spec) {}),
		"all at once":                          rich(),
		"five roots with rotated keys":         with(func(s *demo.Spec) { s.Roots = 5; s.Rotate = []string{"root", "timestamp", "snapshot", "targets"} }),
		"three roots with ECDSA keys":          with(func(s *demo.Spec) { s.Keys = demo.ECDSA; s.Roots = 3 }),
		"two roots with RSA keys":              with(func(s *demo.Spec) { s.Keys = demo.RSA; s.Roots = 2 }),
		"a weak RSA key":                       with(func(s *demo.Spec) { s.Snapshot.Keys = []demo.Key{{Name: "s", Type: demo.WeakRSA}} }),
		"all types of keys in one role":        with(func(s *demo.Spec) { s.Root = mixed() }),
		"no consistent snapshots":              with(func(s *demo.Spec) { s.PlainNames = true }),
		"all at once, no consistent ones":      func() demo.Spec { s := rich(); s.PlainNames = true; return s }(),
		"versions only in meta":                with(func(s *demo.Spec) { s.Meta = demo.ListNeither }),
		"lengths only in meta":                 with(func(s *demo.Spec) { s.Meta = demo.ListLength }),
		"hashes only in meta":                  with(func(s *demo.Spec) { s.Meta = demo.ListHashes }),
		"metadata in a folder":                 with(func(s *demo.Spec) { s.MetadataDir = "metadata" }),
		"high versions":                        with(func(s *demo.Spec) { s.Timestamp.Version, s.Snapshot.Version, s.TargetsRole.Version = 900, 80, 7 }),
		"a signer who has not signed":          with(func(s *demo.Spec) { s.TargetsRole = lazy() }),
		"two bins":                             with(func(s *demo.Spec) { s.Bins = &demo.Bins{Count: 2, Succinct: true, Targets: many(9, 20)} }),
		"1,024 bins":                           with(func(s *demo.Spec) { s.Bins = &demo.Bins{Count: 1024, Succinct: true, Targets: many(9, 20)} }),
		"a delegation as deep as four":         with(func(s *demo.Spec) { s.Delegations = deep(4) }),
		"another version of the specification": with(func(s *demo.Spec) { s.SpecVersion = "1.0.34" }),
	}
	for name, spec := range tests {
		t.Run(name, func(t *testing.T) {
			repo := build(t, spec)
			s := serve(t, repo)
			up, err := update(t, repo, s)
			if err != nil {
				t.Fatal(err)
			}
			trusted := up.GetTrustedMetadataSet()
			if got, want := int(trusted.Root.Signed.Version), max(1, spec.Roots); got != want {
				t.Errorf("ended at root %d, want %d", got, want)
			}
			for _, l := range repo.Targets() {
				info, err := up.GetTargetInfo(l.Path)
				if err != nil {
					t.Errorf("%s: %v", l.Path, err)
					continue
				}
				for _, f := range l.Files {
					content, err := repo.ReadFile(f)
					if err != nil {
						t.Fatal(err)
					}
					if err := info.VerifyLengthHashes(content); err != nil {
						t.Errorf("%s: %v", f, err)
					}
				}
				if strings.ContainsAny(l.Path, "%#") {
					continue // go-tuf does not escape the addresses of targets
				}
				if _, _, err := up.DownloadTarget(info, "", ""); err != nil {
					t.Errorf("%s: %v", l.Path, err)
				}
			}
		})
	}
}

func mixed() demo.Role {
	keys := demo.NewKeys("root", 3)
	keys[1].Type, keys[2].Type = demo.ECDSA, demo.RSA
	keys = append(keys, demo.Key{Name: "root-4", Type: demo.RSA4096}, demo.Key{Name: "root-5", Type: demo.ECDSA384})
	return demo.Role{Keys: keys, Threshold: 5}
}

func lazy() demo.Role {
	keys := demo.NewKeys("targets", 3)
	return demo.Role{Keys: keys, Threshold: 1, Signatures: []demo.Signature{
		{By: keys[0]}, {By: keys[1], Kind: demo.Empty}, {By: keys[2], Kind: demo.Bad},
	}}
}

// deep gives n delegations below each other.
func deep(n int) []demo.Delegation {
	if n == 0 {
		return nil
	}
	return []demo.Delegation{{
		Name: fmt.Sprintf("level/%d", n), Paths: []string{"deep/*"}, Delegations: deep(n - 1),
		Targets: []demo.Target{{Path: fmt.Sprintf("deep/%d", n), Size: int64(n)}},
	}}
}

func TestGoTufRefuses(t *testing.T) {
	two := demo.Role{Keys: demo.NewKeys("k", 3), Threshold: 2}
	signed := func(sigs ...demo.Signature) demo.Role { r := two; r.Signatures = sigs; return r }
	k := two.Keys
	tests := map[string]struct {
		spec  demo.Spec
		after func(r *demo.Repository) error
		want  string
	}{
		"too few keys":      {demo.Spec{Snapshot: signed(demo.SignedBy(k[0])...)}, nil, "snapshot failed, not enough signatures, got 1, want 2"},
		"a stranger's key":  {demo.Spec{Snapshot: signed(demo.SignedBy(k[0], demo.Key{Name: "stranger"})...)}, nil, "got 1, want 2"},
		"the same twice":    {demo.Spec{Snapshot: signed(demo.SignedBy(k[0], k[0])...)}, nil, "multiple signatures found"},
		"an empty one":      {demo.Spec{Snapshot: signed(demo.Signature{By: k[0]}, demo.Signature{By: k[1], Kind: demo.Empty})}, nil, "got 1, want 2"},
		"a bad one":         {demo.Spec{Snapshot: signed(demo.Signature{By: k[0]}, demo.Signature{By: k[1], Kind: demo.Bad})}, nil, "got 1, want 2"},
		"no signature":      {demo.Spec{Snapshot: demo.Role{Keys: k, Threshold: 2, Signatures: []demo.Signature{}}}, nil, "got 0, want 2"},
		"expired timestamp": {demo.Spec{Timestamp: demo.Role{Expires: -time.Hour}}, nil, "timestamp.json is expired"},
		"a tampered version": {demo.Spec{Tamper: demo.OnRole("snapshot", func(s map[string]any) {
			demo.Sub(s, "meta", "targets.json")["version"] = 5
		})}, func(r *demo.Repository) error {
			// With the file under the name that is asked for, only the version is wrong.
			data, err := r.ReadFile("1.targets.json")
			r.Set("5.targets.json", data)
			return err
		}, "expected targets version 5, got 1"},
		"a root with a gap": {demo.Spec{Roots: 3, Rotate: []string{"root", "timestamp"}}, func(r *demo.Repository) error { r.Remove("2.root.json"); return nil }, "timestamp failed"},
		"a root not signed by the one before": {demo.Spec{Roots: 2, EditRoot: func(v *demo.RootVersion) {
			v.Root.Signatures = demo.SignedBy(v.Root.Keys...)
		}}, nil, "root failed, not enough signatures, got 0, want 1"},
		"a root that repeats a version": {demo.Spec{Roots: 2, EditRoot: func(v *demo.RootVersion) { v.Version = 1 }}, nil, "bad version number"},
		"a file changed after it was listed": {demo.Spec{}, func(r *demo.Repository) error {
			return r.Resign("targets", func(s map[string]any) { s["spec_version"] = "1.0.39" })
		}, "hash verification failed"},
		"a file that is not JSON": {demo.Spec{TamperFile: func(name string, b []byte) []byte {
			if name == "targets" {
				return b[:len(b)-1]
			}
			return b
		}}, nil, "unexpected end of JSON input"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.spec.Start = start
			repo := build(t, test.spec)
			if test.after != nil {
				if err := test.after(repo); err != nil {
					t.Fatal(err)
				}
			}
			_, err := update(t, repo, serve(t, repo))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("go-tuf says %v, want %q in it", err, test.want)
			}
		})
	}
}
