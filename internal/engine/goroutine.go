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

// stackOf finds the stacks of the goroutines that spawn labelled with about, for
// a report on one that does not answer. It stops the world for a moment.
func stackOf(about string) string {
	var b strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		return ""
	}
	mark := fmt.Sprintf("%q:%q", "about", about)
	var found []string
	for block := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(block, mark) {
			found = append(found, block)
		}
	}
	return strings.Join(found, "\n\n")
}
