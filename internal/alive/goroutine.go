package alive

import (
	"context"
	"fmt"
	"runtime/debug"
	"runtime/pprof"
	"strings"
)

// Fault is a panic that was caught.
type Fault struct {
	Goroutine string // its name, and what it was about
	Value     string // what it panicked with
	Stack     string
}

// Go starts a goroutine that carries labels (name, and what it works on), which a
// profile or a goroutine dump shows. A panic in f is caught and handed to onPanic on
// the same goroutine.
func Go(name, about string, f func(), onPanic func(Fault)) {
	go guarded(named(name), name, about, f, onPanic)
}

// named is a context that carries the name of goroutines as their label.
func named(name string) context.Context {
	return pprof.WithLabels(context.Background(), pprof.Labels("tufinspect", name))
}

// guarded calls f with labels and tells whether it has come to its end.
func guarded(named context.Context, name, about string, f func(), onPanic func(Fault)) (ended bool) {
	defer func() {
		if v := recover(); v != nil {
			onPanic(Fault{Goroutine: name + " " + about, Value: fmt.Sprint(v), Stack: string(debug.Stack())})
		}
	}()
	pprof.SetGoroutineLabels(pprof.WithLabels(named, pprof.Labels("about", about)))
	f()
	return true
}

// Dump is what all goroutines are doing at a moment: that of the first question,
// since a look at all of them stops the world for a while. The zero value is ready;
// it belongs to one goroutine.
type Dump struct {
	taken bool
	text  string
}

// Of finds the stacks of the goroutines that Go labelled with about, for a report on
// one that does not answer. Without any it gives "".
func (d *Dump) Of(about string) string {
	if !d.taken {
		d.taken = true
		var b strings.Builder
		if pprof.Lookup("goroutine").WriteTo(&b, 1) == nil {
			d.text = b.String()
		}
	}
	mark := fmt.Sprintf("%q:%q", "about", about)
	var found []string
	for block := range strings.SplitSeq(d.text, "\n\n") {
		if strings.Contains(block, mark) {
			found = append(found, block)
		}
	}
	return strings.Join(found, "\n\n")
}

// Stacks is what the goroutines that Go labelled with about are doing now. Who asks
// about several keeps a [Dump].
func Stacks(about string) string { return new(Dump).Of(about) }
