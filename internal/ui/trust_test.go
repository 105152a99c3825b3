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

// What stalls is named in the header, and not counted among what is well.
func TestAStalledRoleIsNamed(t *testing.T) {
	s := small(t, 0)
	s.fold(
		engine.RoleChanged{Role: role(0, "root", "", 0, 5, 100*24*time.Hour, 1, 1)},
		engine.RoleChanged{Role: trust.Role{ID: 1, Name: "agents", Parent: "targets", State: trust.Fetching}},
		engine.ItemsFound{Items: []engine.ItemSpec{
			s.item(engine.Metadata, "timestamp.json", "", 0, "timestamp", -1),
			s.item(engine.Metadata, "1.agents.json", "", 0, "agents", -1),
		}},
	)
	for _, name := range []string{"timestamp.json", "1.agents.json"} {
		s.to(name, engine.Connecting)
		s.to(name, engine.Waiting)
	}
	if got := s.screen(); !strings.Contains(got, "◦ timestamp") || !strings.Contains(got, "◦ 1 delegated") {
		t.Errorf("they are not under way:\n%s", got)
	}
	for _, name := range []string{"timestamp.json", "1.agents.json"} {
		s.to(name, engine.Stalled)
	}
	if got := s.screen(); !strings.Contains(got, "! timestamp stalled") || !strings.Contains(got, "! agents stalled") {
		t.Errorf("it is not said:\n%s", got)
	}
	if text, st := s.m.trustBadge(); text != "! timestamp stalled" || st != warn {
		t.Errorf("the badge is %q in style %d", text, st)
	}
	s.to("timestamp.json", engine.Waiting)
	if got := s.screen(); !strings.Contains(got, "◦ timestamp") {
		t.Errorf("it is still said:\n%s", got)
	}
}

// Nobody has looked at what was skipped: it is not shown as failed.
func TestASkippedRoleIsNotShownAsFailed(t *testing.T) {
	s := small(t, 0)
	s.fold(
		engine.RoleChanged{Role: trust.Role{Name: "root", State: trust.Unfetched}},
		engine.RoleChanged{Role: trust.Role{ID: 1, Name: "timestamp", Parent: "root", State: trust.Skipped}},
	)
	if got := s.screen(); !strings.Contains(got, "? root not fetched") || !strings.Contains(got, "○ timestamp skipped") {
		t.Errorf("the header says something else:\n%s", got)
	}
}
