package ui

import (
	"sync"

	"example.com/tufinspect/internal/engine"
)

// feed takes updates from a session. What it has received is kept until it is taken:
// a message that is lost when the program ends loses no update.
type feed struct {
	source <-chan engine.Update
	stop   <-chan struct{}

	mu   sync.Mutex
	got  []engine.Update
	over bool
}

// wait returns when there is something to take, or false when it was stopped.
func (f *feed) wait() bool {
	select {
	case u, ok := <-f.source:
		f.mu.Lock()
		defer f.mu.Unlock()
		if !ok {
			f.over = true
		} else {
			f.got = append(f.got, u)
		}
		return true
	case <-f.stop:
		return false
	}
}

// take gives what has been received, and whether nothing more will come.
func (f *feed) take() ([]engine.Update, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	got := f.got
	f.got = nil
	return got, f.over
}
