package mutant_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"example.com/tufinspect/demo/mutant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestASeedAlwaysMakesTheSame(t *testing.T) {
	for seed := range uint64(40) {
		a, err := mutant.New(seed)
		if err != nil {
			t.Fatal(err)
		}
		b, err := mutant.New(seed)
		if err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() {
			t.Fatalf("%s, and then %s", a, b)
		}
		for _, name := range []string{"1.root.json", "timestamp.json", "snapshot.json", "targets.json"} {
			x, s := a.Get(name)
			y, u := b.Get(name)
			if string(x) != string(y) || s != u {
				t.Fatalf("%s: %s is another one the second time", a, name)
			}
		}
	}
}

func TestChangesOfAllKinds(t *testing.T) {
	accepted := 0
	for seed := range uint64(60) {
		c, err := mutant.New(seed)
		if err != nil {
			t.Fatal(err)
		}
		if c.What == "" {
			t.Errorf("%s", c)
		}
		client, err := c.Client()
		if err == nil && client.Refresh() == nil {
			accepted++
			if len(client.Accepted()) == 0 {
				t.Errorf("%s: it is accepted, and no role of it is", c)
			}
		}
	}
	if accepted == 0 || accepted == 60 {
		t.Errorf("go-tuf accepts %d of 60", accepted)
	}
}

func TestServing(t *testing.T) {
	c, err := mutant.New(7)
	if err != nil {
		t.Fatal(err)
	}
	c.Status["2.root.json"] = http.StatusForbidden
	for name, want := range map[string]int{"/1.root.json": http.StatusOK, "/2.root.json": http.StatusForbidden, "/none": http.StatusNotFound} {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, name, http.NoBody))
		if w.Code != want {
			t.Errorf("%s is answered with %d, want %d", name, w.Code, want)
		}
	}
}
