package demo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
)

func TestScenariosAreFoundByName(t *testing.T) {
	for _, s := range demo.Scenarios() {
		if got, err := demo.FindScenario(s.Name); err != nil || got.Line != s.Line || s.Line == "" || s.Build == nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if _, err := demo.FindScenario("nonesuch"); err == nil {
		t.Error("a scenario that is not there is found")
	}
}

func sick(t testing.TB) *demo.Stage {
	t.Helper()
	stage, err := demo.Sick(1, start)
	if err != nil {
		t.Fatal(err)
	}
	return stage
}

func TestTheSickRepositoryItselfIsSound(t *testing.T) {
	stage := sick(t)
	// Served without the faults: go-tuf reads it all.
	up, err := update(t, stage.Repository, serve(t, stage.Repository))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, l := range stage.Repository.Targets() {
		count[l.Role]++
		info, err := up.GetTargetInfo(l.Path)
		if err != nil {
			t.Errorf("%s: %v", l.Path, err)
		} else if info.Length < 2<<10 || info.Length > 4<<20 {
			t.Errorf("%s has %d bytes", l.Path, info.Length)
		}
	}
	if n := count["targets"]; n != 80 {
		t.Errorf("%d targets in the top role, want 80", n)
	}
	if count["releases"] == 0 || count["releases/sbom"] == 0 || count["agents"] == 0 || len(count) != 4 {
		t.Errorf("targets by role: %v", count)
	}
	if left := up.GetTrustedMetadataSet().Timestamp.Signed.Expires.Sub(start); left != 18*time.Hour {
		t.Errorf("the timestamp ends in %v", left)
	}
	for _, a := range stage.Faults {
		if !slices.ContainsFunc(stage.Repository.Targets(), func(l demo.Listed) bool { return "targets/"+l.Path == a.Path }) {
			t.Errorf("the sick file %s does not exist", a.Path)
		}
	}
}

// The story has to be long enough to be seen and short enough to be waited for.
// A client with the scenario's limits goes through it here, on a fake clock.
func TestTheSickScenarioTakesItsTime(t *testing.T) {
	stage := sick(t)
	scenario, err := demo.FindScenario("sick")
	if err != nil {
		t.Fatal(err)
	}
	for _, retries := range []int{1, 2} {
		t.Run(fmt.Sprintf("with %d retries", retries), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playSick(t, stage, scenario, retries) })
		})
	}
}

func playSick(t *testing.T, stage *demo.Stage, scenario demo.Scenario, retries int) {
	isSick := func(l demo.Listed) bool {
		return slices.ContainsFunc(stage.Faults, func(a demo.Ailment) bool { return a.Path == "targets/"+l.Path })
	}
	h := demo.NewHandler(stage.Repository, stage.Options()...)
	defer h.Close()
	var (
		mu      sync.Mutex
		wg      sync.WaitGroup
		begun   = time.Now()
		healthy time.Duration
		good    int
		jobs    = make(chan demo.Listed)
	)
	for range 16 {
		wg.Go(func() {
			for l := range jobs {
				ok := fetch(h, l, scenario.StallAfter+scenario.StallTimeout, retries)
				mu.Lock()
				if ok {
					good++
				}
				if !isSick(l) {
					healthy = max(healthy, time.Since(begun))
				}
				mu.Unlock()
			}
		})
	}
	for _, l := range stage.Repository.Targets() {
		jobs <- l
	}
	close(jobs)
	wg.Wait()
	total := time.Since(begun)
	t.Logf("%d retries: healthy part %v, all %v, %d of %d good", retries, healthy, total, good, len(stage.Repository.Targets()))
	if healthy < 8*time.Second || healthy > 12*time.Second {
		t.Errorf("the healthy part takes %v, want 8 to 12 s", healthy)
	}
	if total > 28*time.Second {
		t.Errorf("all takes %v, want 28 s at most: the metadata comes on top", total)
	}
	// Two stalls, corrupt, missing and too long do not recover; 503 needs two retries.
	bad := 5
	if retries < 2 {
		bad++
	}
	if want := len(stage.Repository.Targets()) - bad; good != want {
		t.Errorf("%d targets are good in the end, want %d", good, want)
	}
}

// fetch is a client: it gives up after a silence, backs off, and tries again.
func fetch(h http.Handler, l demo.Listed, silence time.Duration, retries int) bool {
	for attempt := 0; ; attempt++ {
		status, n, good := try(h, l, silence)
		switch {
		case status == http.StatusOK && n == l.Length:
			return good
		case status == http.StatusNotFound, n > l.Length, attempt == retries:
			return false
		case status == http.StatusServiceUnavailable:
			time.Sleep(time.Second)
		default:
			time.Sleep(500 * time.Millisecond << attempt)
		}
	}
}

// try is one attempt: the status, the bytes of the body, and whether they are
// the right ones.
func try(h http.Handler, l demo.Listed, silence time.Duration) (status int, n int64, good bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &watched{ResponseRecorder: httptest.NewRecorder(), silence: silence, timer: time.AfterFunc(silence, cancel)}
	defer w.timer.Stop()
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
		}
		status, n = w.Code, int64(w.Body.Len())
		good = sumsTo(w.Body.Bytes(), l.Hashes)
	}()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/"+l.Files[0], nil))
	return
}

// watched notices silence.
type watched struct {
	*httptest.ResponseRecorder
	silence time.Duration
	timer   *time.Timer
}

func (w *watched) Write(p []byte) (int, error) {
	w.timer.Reset(w.silence)
	return w.ResponseRecorder.Write(p)
}
