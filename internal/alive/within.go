package alive

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoAnswer is in the error of [Within] when the time was over.
var ErrNoAnswer = errors.New("no answer")

// noAnswer says who was waited for in vain, and for how long.
type noAnswer struct {
	who   string
	limit time.Duration
}

func (e *noAnswer) Error() string {
	return fmt.Sprintf("%s has not answered within %s", e.who, e.limit)
}

func (*noAnswer) Unwrap() error { return ErrNoAnswer }

// Within calls f and gives its result, but waits for it no longer than limit: then
// the error says that who has not answered ("reading root.json: the disk") and wraps
// [ErrNoAnswer]. A system call on a dead mount cannot be ended, so f and its
// goroutine stay behind in that case: f must not touch what others use. A panic of f
// becomes one of the caller, which is where somebody may know what to do about it.
func Within[T any](limit time.Duration, who string, f func() (T, error)) (T, error) {
	return Moving(limit, who, func(func()) (T, error) { return f() })
}

// Moving does what [Within] does for work of any length that is known to get on: f
// calls step whenever it has, from any goroutine, and the limit begins anew.
func Moving[T any](limit time.Duration, who string, f func(step func()) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
		fault *Fault
	}
	done, steps := make(chan result, 1), make(chan struct{}, 1)
	step := func() {
		select {
		case steps <- struct{}{}:
		default: // one is waiting to be seen
		}
	}
	Go("within", who, func() {
		v, err := f(step)
		done <- result{value: v, err: err}
	}, func(ft Fault) { done <- result{fault: &ft} })
	t := time.NewTimer(limit)
	defer t.Stop()
	for {
		select {
		case r := <-done:
			if r.fault != nil {
				panic(r.fault.Value + "\n\n" + r.fault.Stack)
			}
			return r.value, r.err
		case <-steps:
			t.Reset(limit)
		case <-t.C:
			var zero T
			return zero, &noAnswer{who, limit}
		}
	}
}
