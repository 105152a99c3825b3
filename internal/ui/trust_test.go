package ui

import (
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// Nothing is known to be wrong with a role whose fetch was cancelled.
func TestARoleThatWasNotFetchedIsNotCalledMissing(t *testing.T) {
	s := small(t, 1)
	s.fold(
		engine.RoleChanged{Role: role(0, "root", "", 0, 5, 100*24*time.Hour, 1, 1)},
		engine.RoleChanged{Role: trust.Role{ID: 1, Name: "snapshot", Parent: "root", State: trust.Unfetched, Problem: "cancelled"}},
	)
	s.wantStatus("0:00  ROLE  snapshot: NOT FETCHED: cancelled")
	if got := s.screen(); !strings.Contains(got, "? snapshot not fetched") || strings.Contains(got, "missing") {
		t.Errorf("the header does not say so:\n%s", got)
	}
	if text, st := s.m.trustBadge(); text != "? snapshot not fetched" || st != odd {
		t.Errorf("the badge is %q in style %d", text, st)
	}
	s.fold(engine.RunSettled{})
	if got := s.screen(); !strings.Contains(got, "snapshot not fetched") {
		t.Errorf("the verdict does not say so:\n%s", got)
	}
}

// The worst of the delegated roles is the one that is named.
func TestARefusedRoleIsNamedBeforeOneThatWasNotFetched(t *testing.T) {
	s := small(t, 1)
	refused := trust.Role{ID: 2, Name: "b", Parent: "targets", State: trust.Refused}
	s.fold(
		engine.RoleChanged{Role: role(0, "root", "", 0, 5, 100*24*time.Hour, 1, 1)},
		engine.RoleChanged{Role: trust.Role{ID: 1, Name: "a", Parent: "targets", State: trust.Unfetched}},
	)
	if got := s.screen(); !strings.Contains(got, "? a not fetched") {
		t.Errorf("it is not said:\n%s", got)
	}
	s.fold(engine.RoleChanged{Role: refused})
	if got := s.screen(); !strings.Contains(got, "✗ b refused +1") {
		t.Errorf("the refused one is not named:\n%s", got)
	}
}
