package ui

import (
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// binned is a run with 100,000 targets and 10,000 roles, of which every hundredth is
// refused.
func binned(b *testing.B) *scene {
	s := large(b)
	for i, r := range []trust.Role{
		role(0, "root", "", 0, 5, 212*day, 3, 3), role(1, "timestamp", "root", 0, 881, 18*time.Hour, 1, 1),
		role(2, "snapshot", "root", 0, 412, 6*day, 1, 1), role(3, "targets", "root", 0, 77, 61*day, 2, 3),
	} {
		r.ID = trust.RoleID(i)
		s.fold(engine.RoleChanged{Role: r})
	}
	var bodies []engine.Body
	for i := range 10_000 {
		r := role(trust.RoleID(4+i), fmt.Sprintf("bins-%04x", i), "targets", 3, 7, 30*day, 1, 2)
		r.Paths = []string{"one of 16384 bins"}
		if i%100 == 50 {
			r.State, r.Problem = trust.Refused, "0 of 1 signed, 1 required"
		}
		bodies = append(bodies, engine.RoleChanged{Role: r})
	}
	s.fold(bodies...)
	s.keys("4")
	return s
}

// BenchmarkTrustFrame draws with all roles as rows of their own.
func BenchmarkTrustFrame(b *testing.B) {
	s := binned(b)
	s.onRole(5000)
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkTrustChange draws after a role has changed: the tree is made anew.
func BenchmarkTrustChange(b *testing.B) {
	s := binned(b)
	s.onRole(5000)
	r := *s.m.st.Role(6000)
	for b.Loop() {
		s.m.fold([]engine.Event{{Body: engine.RoleChanged{Role: r}}})
		s.m.draw()
	}
}

// BenchmarkTrustPage draws a page of 20,000 lines in which something is looked for.
func BenchmarkTrustPage(b *testing.B) {
	s := binned(b)
	s.onRole(5000)
	s.keys("enter")
	s.read(5000, 20_000)
	s.keys("/", "sbom", "enter", "n")
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkTrustFind types a letter of what is looked for in that page.
func BenchmarkTrustFind(b *testing.B) {
	s := binned(b)
	s.onRole(5000)
	s.keys("enter")
	s.read(5000, 20_000)
	s.m.draw()
	for b.Loop() {
		s.m.trustView().page.find("length")
	}
}
