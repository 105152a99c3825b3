package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

func TestEveryKindIsExplainedAtEveryWidth(t *testing.T) {
	for _, k := range finding.All() {
		var whole bytes.Buffer
		if err := explain(&whole, string(k.ID), 0); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{k.Title, k.About(), k.Client, k.Do, k.Severity.String(), k.Rule()} {
			if !strings.Contains(whole.String(), want) {
				t.Errorf("%s: %q is not in the explanation", k.ID, want)
			}
		}
		for _, width := range []int{40, 60, 80, 200} {
			var b bytes.Buffer
			if err := explain(&b, string(k.ID), width); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := len(strings.TrimRight(line, "\n")); n > min(width, widestText) {
					t.Errorf("%s at %d columns: %d in %q", k.ID, width, n, line)
				}
			}
			if got, want := strings.Fields(b.String()), strings.Fields(whole.String()); !slices.Equal(got, want) {
				t.Errorf("%s at %d columns has other words than on a pipe", k.ID, width)
			}
		}
	}
}

func TestTheListHasEveryKindOnALineOfItsOwn(t *testing.T) {
	var b bytes.Buffer
	if err := listKinds(&b, 0); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for _, k := range finding.All() {
		n := 0
		for _, line := range lines {
			if f := strings.Fields(line); len(f) > 2 && f[0] == string(k.ID) && f[1] == k.Severity.String() && strings.HasSuffix(line, k.Title) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is on %d lines", k.ID, n)
		}
	}
}

func TestAMistakenIDIsAnsweredWithTheNearestOnes(t *testing.T) {
	for _, c := range []struct {
		id   string
		want finding.ID // the first; "" for none
	}{
		{"expird", finding.Expired},
		{"EXPIRED-", finding.Expired},
		{"expire", finding.Expired},
		{"wronghash", finding.WrongHash},
		{"hash wrong", finding.WrongHash},
		{"rotation", ""},
		{"threshold", finding.ThresholdOne},
		{"first", finding.FirstUse},
		{"", ""},
		{"x", ""},
		{"–", ""},
		{strings.Repeat("expired", 1000), ""},
	} {
		got := near(c.id)
		if c.want == "" {
			if c.id != "x" && len(got) != 0 {
				t.Errorf("%.20q is near %v", c.id, got)
			}
		} else if len(got) == 0 || got[0] != c.want || len(got) > nearest {
			t.Errorf("%q is near %v, want %s first", c.id, got, c.want)
		}
		var usage usageError
		if err := unknownKind(c.id); !errors.As(err, &usage) {
			t.Errorf("%q gives %v, which is no usage error", c.id, err)
		}
	}
}

func TestIDsAreCompletedForAShell(t *testing.T) {
	got, _ := completeID(nil, nil, "exp")
	want := []string{"expired\t", "expires-soon\t", "expires-form\t"}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, w) }) {
			t.Errorf("%q is not among %q", w, got)
		}
	}
	if got, _ := completeID(nil, []string{"expired"}, ""); len(got) != 0 {
		t.Errorf("a second id is offered: %q", got)
	}
	if got, _ := completeID(nil, nil, ""); len(got) != len(finding.All()) {
		t.Errorf("%d of %d ids are offered", len(got), len(finding.All()))
	}
}
