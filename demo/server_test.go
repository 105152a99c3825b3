package demo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tufinspect/demo"
)

// small serves one target "f" of 10,000 bytes below "d/", with no hash in its name.
func small(t testing.TB, opts ...demo.Option) (*demo.Server, []byte) {
	t.Helper()
	repo := build(t, demo.Spec{Start: start, PlainNames: true, Targets: []demo.Target{{Path: "d/f", Size: 10_000}, {Path: "d/g", Size: 10}}})
	content, err := repo.ReadFile("targets/d/f")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, repo, opts...), content
}

const theFile = "targets/d/f"

// get asks once, on a connection of its own, and reads what comes. Headers are
// pairs of key and value.
func get(ctx context.Context, t testing.TB, url string, headers ...string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	c := client(t)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := c.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}

// until polls for at most ten seconds.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

func TestHealthyFilesAreServedWithRanges(t *testing.T) {
	s, content := small(t)
	first, _, err := get(t.Context(), t, s.URL()+"/"+theFile)
	if err != nil {
		t.Fatal(err)
	}
	tag, modified := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	if !strings.HasPrefix(tag, `"`) || modified != start.Format(http.TimeFormat) || first.ContentLength != 10_000 {
		t.Errorf("ETag %q, Last-Modified %q, length %d", tag, modified, first.ContentLength)
	}
	tests := map[string]struct {
		headers []string
		status  int
		body    []byte
		part    string
	}{
		"the whole file":              {nil, 200, content, ""},
		"from the middle":             {[]string{"Range", "bytes=4000-"}, 206, content[4000:], "bytes 4000-9999/10000"},
		"the first byte":              {[]string{"Range", "bytes=0-0"}, 206, content[:1], "bytes 0-0/10000"},
		"the last ten":                {[]string{"Range", "bytes=-10"}, 206, content[9990:], "bytes 9990-9999/10000"},
		"behind the end":              {[]string{"Range", "bytes=10000-"}, 416, nil, "bytes */10000"},
		"if the tag is the same":      {[]string{"Range", "bytes=9-", "If-Range", tag}, 206, content[9:], "bytes 9-9999/10000"},
		"if the tag is another":       {[]string{"Range", "bytes=9-", "If-Range", `"x"`}, 200, content, ""},
		"if the time is the same":     {[]string{"Range", "bytes=9-", "If-Range", modified}, 206, content[9:], "bytes 9-9999/10000"},
		"if the time is another":      {[]string{"Range", "bytes=9-", "If-Range", start.Add(-time.Hour).Format(http.TimeFormat)}, 200, content, ""},
		"if it is not the one I have": {[]string{"If-None-Match", tag}, 304, []byte{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			res, body, err := get(t.Context(), t, s.URL()+"/"+theFile, test.headers...)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != test.status || res.Header.Get("Content-Range") != test.part || test.body != nil && !bytes.Equal(body, test.body) {
				t.Errorf("status %d, Content-Range %q, %d bytes", res.StatusCode, res.Header.Get("Content-Range"), len(body))
			}
		})
	}
}

func TestFaultsDoWhatTheySay(t *testing.T) {
	ends := func(body []byte, err error, content []byte, n int, want error) bool {
		if want == errReset && runtime.GOOS == "windows" { // a reset takes with it what has not been read
			n = min(n, len(body))
		}
		return bytes.Equal(body, content[:n]) && errors.Is(err, want)
	}
	short := time.Second // all wait it out side by side
	tests := map[string]struct {
		fault   demo.Fault
		headers []string
		limit   time.Duration // after which the client gives up
		ok      func(res *http.Response, body []byte, err error, content []byte) bool
	}{
		"silent before headers": {demo.Fault{Kind: demo.StallHeaders}, nil, short, func(res *http.Response, _ []byte, err error, _ []byte) bool {
			return res == nil && errors.Is(err, context.DeadlineExceeded)
		}},
		"silent in the body": {demo.Fault{Kind: demo.StallBody, After: 777}, nil, short, func(res *http.Response, body []byte, err error, c []byte) bool {
			return res.ContentLength == 10_000 && ends(body, err, c, 777, context.DeadlineExceeded)
		}},
		"silent at the first byte": {demo.Fault{Kind: demo.StallBody}, nil, short, func(res *http.Response, body []byte, err error, c []byte) bool {
			return res != nil && ends(body, err, c, 0, context.DeadlineExceeded)
		}},
		"silent before the last byte": {demo.Fault{Kind: demo.StallBody, After: -1}, nil, short, func(_ *http.Response, body []byte, err error, c []byte) bool {
			return ends(body, err, c, 9999, context.DeadlineExceeded)
		}},
		"silent where a resumed request has passed": {demo.Fault{Kind: demo.StallBody, After: 777}, []string{"Range", "bytes=5000-"}, short, func(res *http.Response, body []byte, err error, _ []byte) bool {
			return res.StatusCode == http.StatusPartialContent && len(body) == 0 && errors.Is(err, context.DeadlineExceeded)
		}},
		"silent at the end without a length": {demo.Fault{Kind: demo.StallBody, After: 10_000, NoLength: true}, nil, short, func(res *http.Response, body []byte, err error, c []byte) bool {
			return res.ContentLength == -1 && ends(body, err, c, 10_000, context.DeadlineExceeded)
		}},
		"silent behind the end": {demo.Fault{Kind: demo.StallBody, After: 10_001}, nil, 0, func(_ *http.Response, body []byte, err error, c []byte) bool {
			return ends(body, err, c, 10_000, nil)
		}},
		"a drip": {demo.Fault{Kind: demo.Drip, After: 9_996, Every: 20 * time.Millisecond}, nil, 0, func(_ *http.Response, body []byte, err error, c []byte) bool {
			return ends(body, err, c, 10_000, nil)
		}},
		"a drip that does not end in time": {demo.Fault{Kind: demo.Drip, After: 100, Every: time.Hour}, nil, short, func(_ *http.Response, body []byte, err error, c []byte) bool {
			return ends(body, err, c, 100, context.DeadlineExceeded)
		}},
		"all of it, whatever part was asked for": {demo.Fault{NoRange: true}, []string{"Range", "bytes=5000-"}, 0, func(res *http.Response, body []byte, err error, c []byte) bool {
			return err == nil && res.StatusCode == http.StatusOK && res.Header.Get("Accept-Ranges") == "none" && bytes.Equal(body, c)
		}},
		"a corrupt byte": {demo.Fault{Kind: demo.Corrupt, After: 5000}, nil, 0, func(_ *http.Response, body []byte, err error, c []byte) bool {
			return err == nil && len(body) == 10_000 && body[5000] != c[5000] && bytes.Equal(body[:5000], c[:5000]) && bytes.Equal(body[5001:], c[5001:])
		}},
		"a corrupt last byte in a range": {demo.Fault{Kind: demo.Corrupt, After: -1}, []string{"Range", "bytes=9990-"}, 0, func(_ *http.Response, body []byte, err error, c []byte) bool {
			return err == nil && bytes.Equal(body[:9], c[9990:9999]) && body[9] != c[9999]
		}},
		"a short body": {demo.Fault{Kind: demo.Short, After: 100}, nil, 0, func(res *http.Response, body []byte, err error, c []byte) bool {
			return res.ContentLength == 10_000 && ends(body, err, c, 100, io.ErrUnexpectedEOF)
		}},
		"one byte too long": {demo.Fault{Kind: demo.Long}, nil, 0, func(res *http.Response, body []byte, err error, c []byte) bool {
			return err == nil && res.ContentLength == 10_001 && len(body) == 10_001 && bytes.Equal(body[:10_000], c)
		}},
		"too long without a length": {demo.Fault{Kind: demo.Long, Extra: 5000, NoLength: true}, nil, 0, func(res *http.Response, body []byte, err error, c []byte) bool {
			return err == nil && res.ContentLength == -1 && len(body) == 15_000 && bytes.Equal(body[:10_000], c)
		}},
		"endless": {demo.Fault{Kind: demo.Endless, Rate: 400_000}, nil, short, func(res *http.Response, body []byte, err error, c []byte) bool {
			return res.ContentLength == -1 && len(body) > 100_000 && bytes.Equal(body[:10_000], c) && errors.Is(err, context.DeadlineExceeded)
		}},
		"500": {demo.Fault{Kind: demo.Status}, nil, 0, func(res *http.Response, _ []byte, err error, _ []byte) bool {
			return err == nil && res.StatusCode == http.StatusInternalServerError && res.Header.Get("Retry-After") == ""
		}},
		"503 with Retry-After": {demo.Fault{Kind: demo.Status, Status: 503, RetryAfter: 1500 * time.Millisecond}, nil, 0, func(res *http.Response, _ []byte, err error, _ []byte) bool {
			return err == nil && res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "2"
		}},
		"a redirect": {demo.Fault{Kind: demo.Redirect, Location: "/targets/d/g"}, nil, 0, func(res *http.Response, _ []byte, err error, _ []byte) bool {
			return err == nil && res.StatusCode == http.StatusFound && res.Header.Get("Location") == "/targets/d/g"
		}},
		"a permanent redirect to another host": {demo.Fault{Kind: demo.Redirect, Status: 301, Location: "http://127.0.0.2:1/x"}, nil, 0, func(res *http.Response, _ []byte, err error, _ []byte) bool {
			return err == nil && res.StatusCode == http.StatusMovedPermanently && res.Header.Get("Location") == "http://127.0.0.2:1/x"
		}},
		"closed before headers": {demo.Fault{Kind: demo.Close}, nil, 0, func(_ *http.Response, _ []byte, err error, _ []byte) bool {
			return errors.Is(err, io.EOF)
		}},
		"reset before headers": {demo.Fault{Kind: demo.Reset}, nil, 0, func(_ *http.Response, _ []byte, err error, _ []byte) bool {
			return errors.Is(err, errReset)
		}},
		"reset in the body": {demo.Fault{Kind: demo.ResetBody, After: 2000}, nil, 0, func(res *http.Response, body []byte, err error, c []byte) bool {
			return res.ContentLength == 10_000 && ends(body, err, c, 2000, errReset)
		}},
		"headers of a cache": {demo.Fault{Header: map[string]string{"Age": "9", "X-Cache": "HIT", "ETag": `"mine"`}}, nil, 0, func(res *http.Response, body []byte, err error, c []byte) bool {
			return ends(body, err, c, 10_000, nil) && res.Header.Get("Age") == "9" && res.Header.Get("X-Cache") == "HIT" && res.Header.Get("ETag") == `"mine"`
		}},
		"headers with a status": {demo.Fault{Kind: demo.Status, Status: 403, Header: map[string]string{"Server": "x"}}, nil, 0, func(res *http.Response, _ []byte, err error, _ []byte) bool {
			return err == nil && res.StatusCode == http.StatusForbidden && res.Header.Get("Server") == "x"
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, content := small(t, demo.WithFault(theFile, test.fault))
			ctx := t.Context()
			if test.limit > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, test.limit)
				defer cancel()
			}
			res, body, err := get(ctx, t, s.URL()+"/"+theFile, test.headers...)
			if !test.ok(res, body, err, content) {
				t.Errorf("response %+v, %d bytes, error %v", res, len(body), err)
			}
			if n := s.Requests(theFile); n != 1 {
				t.Errorf("%d requests counted", n)
			}
			// Other files are healthy meanwhile.
			if res, body, err := get(t.Context(), t, s.URL()+"/targets/d/g"); err != nil || res.StatusCode != http.StatusOK || len(body) != 10 {
				t.Errorf("the other file: %v", err)
			}
		})
	}
}

func TestFaultsAreForAsManyRequestsAsTheySay(t *testing.T) {
	s, content := small(t)
	s.SetFault("targets/**", demo.Fault{Kind: demo.Status, Status: 500, Times: 1})
	s.SetFault(theFile,
		demo.Fault{Times: 1}, // healthy
		demo.Fault{Kind: demo.Status, Status: 503, Times: 2},
		demo.Fault{Kind: demo.Short, After: 10, Times: 1},
	)
	type seen struct {
		status int
		n      int
	}
	var got []seen
	for range 6 {
		res, body, _ := get(t.Context(), t, s.URL()+"/"+theFile)
		n := len(body)
		if res.StatusCode != http.StatusOK {
			n = 0
		}
		got = append(got, seen{res.StatusCode, n})
	}
	// When the exact ones are used up, the pattern has its say.
	want := []seen{{200, len(content)}, {503, 0}, {503, 0}, {200, 10}, {500, 0}, {200, len(content)}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("request %d: %v, want %v", i+1, got[i], want[i])
		}
	}
	// A pattern counts for each file on its own.
	if res, _, _ := get(t.Context(), t, s.URL()+"/targets/d/g"); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("the other file: %d, want 500", res.StatusCode)
	}
	s.ClearFault("targets/**")
	s.SetFault(theFile, demo.Fault{Kind: demo.Status, Status: 418})
	if res, _, _ := get(t.Context(), t, s.URL()+"/"+theFile); res.StatusCode != http.StatusTeapot {
		t.Errorf("after setting it anew: %d", res.StatusCode)
	}
	s.ClearFault(theFile)
	if res, _, _ := get(t.Context(), t, s.URL()+"/"+theFile); res.StatusCode != http.StatusOK {
		t.Errorf("after clearing it: %d", res.StatusCode)
	}
}

func TestLatencyAndRateSlowDown(t *testing.T) {
	tests := map[string]struct {
		opts    []demo.Option
		atLeast time.Duration
	}{
		"a server's latency":            {[]demo.Option{demo.WithLatency(120 * time.Millisecond)}, 120 * time.Millisecond},
		"a server's and a file's added": {[]demo.Option{demo.WithLatency(70 * time.Millisecond), demo.WithFault(theFile, demo.Fault{Latency: 60 * time.Millisecond})}, 130 * time.Millisecond},
		"a server's rate":               {[]demo.Option{demo.WithRate(50_000)}, 200 * time.Millisecond},
		"a file's rate":                 {[]demo.Option{demo.WithRate(1 << 40), demo.WithFault("targets/*/*", demo.Fault{Rate: 50_000})}, 200 * time.Millisecond},
		"a rate with a fault":           {[]demo.Option{demo.WithFault(theFile, demo.Fault{Kind: demo.Corrupt, Rate: 50_000})}, 200 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, content := small(t, test.opts...)
			begun := time.Now()
			_, body, err := get(t.Context(), t, s.URL()+"/"+theFile)
			if took := time.Since(begun); err != nil || len(body) != len(content) || took < test.atLeast || took > test.atLeast+5*time.Second {
				t.Errorf("%v for %d bytes, want %v; %v", took, len(body), test.atLeast, err)
			}
		})
	}
}

func TestRolesAndTargetsWithOddNamesAreFound(t *testing.T) {
	repo := build(t, demo.Spec{
		Start: start, MetadataDir: "metadata",
		Targets:     []demo.Target{{Path: "o dd/100%25?#.txt", Content: []byte("x")}, {Path: "a[1]*.txt", Content: []byte("y")}},
		Delegations: []demo.Delegation{{Name: "a/b c%", Paths: []string{"*"}}},
	})
	s := serve(t, repo)
	odd, _ := repo.Target("o dd/100%25?#.txt")
	hash := odd.Hashes[demo.SHA256]
	if want := "metadata/1.a%2Fb%20c%25.json"; repo.MetaFile("a/b c%") != want {
		t.Fatalf("the role's file is %s, want %s", repo.MetaFile("a/b c%"), want)
	}
	if want := "targets/o dd/" + hash + ".100%25?#.txt"; odd.Files[0] != want {
		t.Fatalf("the target's file is %s, want %s", odd.Files[0], want)
	}
	for path, status := range map[string]int{
		"/metadata/timestamp.json":                          200,
		"/timestamp.json":                                   404,
		"/metadata/1.a%2Fb%20c%25.json":                     200, // escaped as one segment
		"/metadata/1.a%252Fb%2520c%2525.json":               200, // escaped twice
		"/metadata/1.a/b%20c%25.json":                       200, // the slash left as it is
		"/metadata/2.a%2Fb%20c%25.json":                     404,
		"/targets/o%20dd/" + hash + ".100%2525%3F%23.txt":   200,
		"/targets/o%20dd/" + hash + "x.100%2525%3F%23.txt":  404,
		"/targets/o%20dd/../o%20dd/x":                       404,
		"/":                                                 404,
		"/metadata/5.root.json":                             404,
		"/targets/o%20dd%2F" + hash + ".100%2525%3F%23.txt": 200,
	} {
		res, _, err := get(t.Context(), t, s.URL()+path)
		if err != nil || res.StatusCode != status {
			t.Errorf("%s: %v %v, want %d", path, res.StatusCode, err, status)
		}
	}
	// Plain names mean all versions and copies.
	for _, plain := range []string{"a%2Fb%20c%25.json", "timestamp.json", "root.json", "targets/o dd/100%25?#.txt"} {
		if s.Requests(plain) == 0 {
			t.Errorf("no requests counted for %s", plain)
		}
	}
	s.SetFault("root.json", demo.Fault{Kind: demo.Status, Status: 403})
	s.SetFault("targets/a[1]*.txt", demo.Fault{Kind: demo.Status, Status: 410})
	star, _ := repo.Target("a[1]*.txt")
	for path, status := range map[string]int{"metadata/5.root.json": 403, "metadata/1.root.json": 403, star.Files[0]: 410} {
		if res, _, err := get(t.Context(), t, s.URL()+"/"+path); err != nil || res.StatusCode != status {
			t.Errorf("%s: %d %v, want %d", path, res.StatusCode, err, status)
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	s, _ := small(t)
	for method, status := range map[string]int{http.MethodHead: 200, http.MethodPost: 405} {
		req, _ := http.NewRequestWithContext(t.Context(), method, s.URL()+"/"+theFile, nil)
		res, err := client(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != status || method == http.MethodHead && res.ContentLength != 10_000 {
			t.Errorf("%s: %d, length %d", method, res.StatusCode, res.ContentLength)
		}
	}
}

func TestTheHandlerServesTLSAndHTTP2(t *testing.T) {
	for _, two := range []bool{false, true} {
		repo := build(t, demo.Spec{Start: start, PlainNames: true, Targets: []demo.Target{{Path: "d/f", Size: 10_000}}})
		h := demo.NewHandler(repo)
		ts := httptest.NewUnstartedServer(h)
		ts.EnableHTTP2 = two
		ts.StartTLS()
		ask := func(f demo.Fault) (*http.Response, int, error) {
			h.SetFault(theFile, f)
			res, err := ts.Client().Get(ts.URL + "/" + theFile)
			if err != nil {
				return nil, 0, err
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			return res, len(body), err
		}
		if res, n, err := ask(demo.Fault{}); err != nil || n != 10_000 || res.ProtoMajor != 1 && !two || res.ProtoMajor != 2 && two {
			t.Errorf("healthy: %v %v", res, err)
		}
		for _, kind := range []demo.FaultKind{demo.Close, demo.Reset} {
			if _, _, err := ask(demo.Fault{Kind: kind, Times: 3}); err == nil {
				t.Errorf("%v: no error", kind)
			}
		}
		for _, kind := range []demo.FaultKind{demo.Short, demo.ResetBody} {
			if res, n, err := ask(demo.Fault{Kind: kind, After: 300}); err == nil || res == nil || n != 300 {
				t.Errorf("%v: %v, %d bytes, %v", kind, res, n, err)
			}
		}
		// Closing the handler first lets the test server end at once.
		h.SetFault(theFile, demo.Fault{Kind: demo.StallHeaders})
		var wg sync.WaitGroup
		wg.Go(func() {
			if res, err := ts.Client().Get(ts.URL + "/" + theFile); err == nil {
				res.Body.Close()
				t.Error("a stalled request is answered")
			}
		})
		until(t, "it stalls", func() bool { return h.Stalled(theFile) > 0 })
		h.Close()
		wg.Wait()
		ts.Close()
	}
}

func TestFilesCanChangeWhileTheyAreServed(t *testing.T) {
	one := build(t, demo.Spec{Start: start, Timestamp: demo.Role{Version: 1}})
	two := build(t, demo.Spec{Start: start, Timestamp: demo.Role{Version: 2}})
	s := serve(t, one)
	read := func() string {
		_, body, err := get(t.Context(), t, s.URL()+"/timestamp.json")
		if err != nil {
			t.Error(err)
		}
		return string(body)
	}
	want, _ := one.ReadFile("timestamp.json")
	if read() != string(want) {
		t.Error("not the first repository")
	}
	s.Use(two)
	want, _ = two.ReadFile("timestamp.json")
	if read() != string(want) {
		t.Error("not the second repository")
	}
	two.Set("timestamp.json", []byte("{}"))
	if read() != "{}" {
		t.Error("not the file that was set")
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 20 {
				switch i {
				case 0:
					two.Set("timestamp.json", []byte("{}"))
				case 1:
					s.SetFault("*.json", demo.Fault{Latency: time.Millisecond})
				case 2:
					_, _, _ = s.Log(), s.Requests("*"), s.Release("*")
				default:
					read()
				}
			}
		})
	}
	wg.Wait()
}
