package har

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// TestARunOverRealSockets has secrets wherever one can be, files that go wrong in several
// ways, and one that comes in two parts.
func TestARunOverRealSockets(t *testing.T) {
	const secret = "hunter2"
	spec := demo.Spec{Seed: 5}
	spec.Timestamp.Expires = 30 * 24 * time.Hour
	for _, path := range []string{"good", "two parts", "corrupt", "missing", "silent", "moved", "away"} {
		spec.Targets = append(spec.Targets, demo.Target{Path: path, Size: 50_000})
	}
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	server, err := demo.Serve(repo)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	host := strings.TrimPrefix(server.URL(), "http://")
	to := "%s://user:" + secret + "@" + host + "/targets/good?X-Amz-Signature=" + secret + "#" + secret
	for path, f := range map[string]demo.Fault{
		"targets/two parts": {Kind: demo.ResetBody, After: 20_000, Times: 1},
		"targets/corrupt":   {Kind: demo.Corrupt, After: 7},
		"targets/missing":   {Kind: demo.Status, Status: 404, Header: map[string]string{"Set-Cookie": "a=" + secret}},
		"targets/silent":    {Kind: demo.StallHeaders},
		"targets/moved":     {Kind: demo.Redirect, Location: fmt.Sprintf(to, "http")},
		"targets/away":      {Kind: demo.Redirect, Location: fmt.Sprintf(to, "ftp")},
	} {
		server.SetFault(path, f)
	}
	source, err := fetch.New(fetch.Options{Proxy: "none", Header: http.Header{"Authorization": {"Bearer " + secret}}})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cfg := engine.DefaultConfig()
	cfg.Source, cfg.Repository = source, "http://user:"+secret+"@"+host+"?sig="+secret
	cfg.Root, cfg.RootSource = repo.Root(1), engine.RootFile
	cfg.StallAfter, cfg.StallTimeout, cfg.Retries = 300*time.Millisecond, 300*time.Millisecond, 1
	st, err := engine.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	a, b := checked(t, st)
	if strings.Contains(string(b), secret) {
		t.Errorf("the secret is in it:\n%s", b)
	}
	said := map[string]string{}
	for _, e := range a.Log.Entries {
		ranged := ""
		for _, h := range e.Request.Headers {
			if h.Name == "Range" {
				ranged = " " + h.Value
			}
		}
		failed := ""
		if e.Response.Error != "" {
			failed = " error"
		}
		said[e.Own.Path] += fmt.Sprintf("%d%s %d%s %s; ", e.Response.Status, ranged, e.Response.BodySize, failed, e.Own.Verdict)
	}
	for path, want := range map[string]string{
		"good":    "200 50000 verified; ",
		"corrupt": "200 50000 retried; 200 50000 failed; ",
		"missing": "404 -1 failed; ",
		"silent":  "0 -1 error retried; 0 -1 error not checked; ",
		"moved":   "302 -1 redirected; 404 -1 failed; ",
		"away":    "302 -1 error not checked; ",
	} {
		if got := said[path]; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	// What has come of a connection that is closed is for the system to say.
	var first, from, rest int
	if _, err := fmt.Sscanf(said["two parts"], "200 %d error retried; 206 bytes=%d- %d verified;", &first, &from, &rest); err != nil || first != from || first == 0 || first > 20000 || from+rest != 50000 {
		t.Errorf("two parts: %q", said["two parts"])
	}
}
