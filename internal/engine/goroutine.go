package engine

import "example.com/tufinspect/internal/alive"

// spawn starts every goroutine of this package; see [alive.Go].
func spawn(name, about string, f func(), onPanic func(InspectorFault)) {
	alive.Go(name, about, f, func(p alive.Fault) { onPanic(InspectorFault(p)) })
}
