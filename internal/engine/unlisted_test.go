package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// listed is a source of which it is known which files its folder has; wait is called
// before they are named.
type listed struct {
	*memory
	names []string
	wait  func(context.Context) error
}

func (l listed) Files(ctx context.Context, _ string, each func(string) bool) error {
	if l.wait != nil {
		if err := l.wait(ctx); err != nil {
			return err
		}
	}
	for _, name := range l.names {
		if !each(name) {
			break
		}
	}
	return nil
}

// folderRun is a run over a folder that has these files besides.
func folderRun(t *testing.T, l listed) Config {
	l.memory = newMemory(build(t, 2))
	c := configFor(l.memory)
	c.Source, c.Repository = l, "/"
	return c
}

func TestAFolderIsLookedThroughWhenAllIsKnown(t *testing.T) {
	st, err := Run(t.Context(), folderRun(t, listed{names: []string{"x", "t0"}}))
	if err != nil {
		t.Fatal(err)
	}
	raised := slices.ContainsFunc(st.Notes.values(), func(n FindingRaised) bool { return n.Finding.ID == finding.UnlistedFile && n.Finding.Subject == "x" })
	if !raised || st.Verdict() != Healthy {
		t.Errorf("%s: %+v", st.Verdict(), st.Notes.values())
	}
}

func TestALookThatDoesNotEndIsGivenUpWithoutAWord(t *testing.T) {
	for name, answers := range map[string]bool{"it ends with its context": true, "it never ends": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				free := make(chan struct{})
				defer close(free)
				begun := time.Now()
				st, err := Run(t.Context(), folderRun(t, listed{names: []string{"x"}, wait: func(ctx context.Context) error {
					if answers {
						<-ctx.Done()
						return context.Cause(ctx)
					}
					<-free
					return nil
				}}))
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(begun)
				if len(st.Faults) != 0 || st.Verdict() != Healthy || took < treeLimit || took > treeLost+time.Second {
					t.Errorf("%s after %s, %+v", st.Verdict(), took, st.Notes.values())
				}
			})
		})
	}
}

func TestStoppingEndsALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		defer close(free)
		s, err := Start(t.Context(), folderRun(t, listed{wait: func(context.Context) error { <-free; return nil }}))
		if err != nil {
			t.Fatal(err)
		}
		var st State
		var asked time.Time
		go func() {
			time.Sleep(time.Second)
			asked = time.Now()
			s.Send(Stop{Now: true})
		}()
		for u := range s.Updates() {
			for _, e := range u.Events {
				st.Apply(e)
			}
		}
		if took := time.Since(asked); !st.Finished || took > leaveWithin+time.Second {
			t.Errorf("finished %t, %s after it was asked to", st.Finished, took)
		}
	})
}

func TestStrayFilesAreWhatNoNameOfATargetLeadsTo(t *testing.T) {
	sum := make([]byte, 32)
	hash := strings.Repeat("00", 32)
	targets := []*trust.Target{
		{Path: "a/b.txt", Hashes: []trust.Hash{{Algorithm: "sha256", Sum: sum}}},
		{Path: "a//c.TXT"},
	}
	files := []string{
		"a/b.txt", "a/" + hash + ".b.txt", "a/c.txt", // listed
		"a/" + strings.Repeat("11", 32) + ".b.txt", "b.txt", "d/e", // not
	}
	got := findStray(t.Context(), listed{names: files}, place{"/nowhere/m", "/nowhere/t"}, targets)
	if want := files[3:]; !slices.Equal(got.names, want) || got.n != 3 || got.more {
		t.Errorf("stray are %v, want %v", got.names, want)
	}
	said := got.said()
	if said[0].Message != "no role lists this content of a/b.txt" || said[1].Message != "no role lists this file" {
		t.Errorf("says %+v", said)
	}
}

func TestOnlyTheFirstStrayFilesAreNamed(t *testing.T) {
	var files []string
	for i := range 100 {
		files = append(files, fmt.Sprintf("f%02d", (i*37)%100))
	}
	got := findStray(t.Context(), listed{names: files}, place{"https://m", "/nowhere/t"}, nil)
	said := got.said()
	if len(said) != mostSaid+1 || said[0].Subject != "f00" || said[19].Subject != "f19" || said[20].Message != "… and 80 more files that no role lists" {
		t.Errorf("says %s", ids(said))
	}
	late := findStray(t.Context(), listed{wait: func(context.Context) error { return context.DeadlineExceeded }}, place{"https://m", "/nowhere/t"}, nil)
	if !late.more {
		t.Error("a look that was cut short says nothing of it")
	}
}

var _ Files = (*fetch.Client)(nil)
