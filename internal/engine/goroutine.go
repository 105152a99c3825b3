package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"runtime/pprof"
	"strings"
)

// spawn starts every goroutine of this package. The goroutine carries labels
// (name, and what it works on) that a profile or a goroutine dump shows. A panic
// in f is caught and handed to onPanic on the same goroutine.
func spawn(name, about string, f func(), onPanic func(InspectorFault)) {
	go func() {
		defer func() {
			if v := recover(); v != nil {
				onPanic(InspectorFault{Goroutine: name + " " + about, Value: fmt.Sprint(v), Stack: string(debug.Stack())})
			}
		}()
		pprof.Do(context.Background(), pprof.Labels("tufinspect", name, "about", about), func(context.Context) { f() })
	}()
}

// dump is what all goroutines are doing at a moment: that of the first question,
// since a look at all of them stops the world for a while.
type dump struct {
	taken bool
	text  string
}

// of finds the stacks of the goroutines that spawn labelled with about, for a
// report on one that does not answer.
func (d *dump) of(about string) string {
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
