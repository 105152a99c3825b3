package alive

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

func TestGoroutinesAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewHands("worker")
		defer c.Close()
		first, again := "", ""
		c.Go("one", func() { first = id() }, nil)
		synctest.Wait()
		c.Go("two", func() { again = id() }, nil)
		synctest.Wait()
		if first == "" || first != again {
			t.Errorf("%q, then %q", first, again)
		}
		if s := Stacks("two"); s != "" {
			t.Errorf("one that waits is found by what it did: %s", s)
		}
	})
}

// id names the goroutine.
func id() string {
	var b [64]byte
	name, _, _ := strings.Cut(string(b[:runtime.Stack(b[:], false)]), "[")
	return name
}

func TestWorkThatNeverEndsHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewHands("worker")
		stop := make(chan struct{})
		done := 0
		c.Go("stuck", func() { <-stop }, nil)
		for range 10 {
			c.Go("quick", func() { done++ }, nil)
			synctest.Wait()
		}
		if done != 10 || !strings.Contains(Stacks("stuck"), `"about":"stuck"`) {
			t.Errorf("%d of 10 pieces, %q", done, Stacks("stuck"))
		}
		c.Close() // those that wait end; the other one does when it can
		close(stop)
	})
}

func TestHandsOutliveAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewHands("worker")
		var f Fault
		c.Go("bad", func() { panic("boom") }, func(got Fault) { f = got })
		synctest.Wait()
		if f.Goroutine != "worker bad" || f.Value != "boom" || !strings.Contains(f.Stack, "hands_test.go") {
			t.Errorf("%+v", f)
		}
		done := false
		c.Go("good", func() { done = true }, nil)
		synctest.Wait()
		if !done {
			t.Error("no work is done after a panic")
		}
		c.Close()
		late := false
		c.Go("late", func() { late = true }, nil)
		synctest.Wait()
		if !late {
			t.Error("work is lost after Close")
		}
	})
}

func BenchmarkHands(b *testing.B) {
	c := NewHands("worker")
	defer c.Close()
	done := make(chan struct{})
	b.ReportAllocs()
	for b.Loop() {
		c.Go("item 1 attempt 1", func() { done <- struct{}{} }, nil)
		<-done
	}
}
