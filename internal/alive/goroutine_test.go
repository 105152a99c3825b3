package alive

import (
	"strings"
	"testing"
	"testing/synctest"
)

func TestAPanicIsCaughtWithItsNameAndStack(t *testing.T) {
	got := make(chan Fault)
	Go("worker", "a.txt", func() { panic("boom") }, func(f Fault) { got <- f })
	f := <-got
	if f.Goroutine != "worker a.txt" || f.Value != "boom" || !strings.Contains(f.Stack, "goroutine_test.go") {
		t.Errorf("%+v", f)
	}
}

func TestStacksAreThoseOfTheLabel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		for _, about := range []string{"one", "two"} {
			Go("worker", about, func() { <-stop }, nil)
		}
		synctest.Wait()
		var d Dump
		one := d.Of("one")
		if !strings.Contains(one, `"about":"one"`) || strings.Contains(one, `"about":"two"`) || !strings.Contains(one, "goroutine_test.go") {
			t.Errorf("%s", one)
		}
		close(stop)
		synctest.Wait()
		if d.Of("two") == "" {
			t.Error("a dump is not that of its first question")
		}
		if s := Stacks("two"); s != "" {
			t.Errorf("a goroutine that has ended is found: %s", s)
		}
	})
}
