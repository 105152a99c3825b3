package trust

import "fmt"

// crash is a panic of go-tuf, caught. Version 2.4.2 panics on nulls and on keys
// that are cut off, among others.
type crash struct {
	call  string // where, and what for: "Metadata.FromBytes, which reads it"
	value any
}

func (c *crash) Error() string { return fmt.Sprintf("go-tuf panicked: %v (in %s)", c.value, c.call) }

// guard runs f, which makes the call that is named, and turns a panic into an
// error. Every call that looks at foreign bytes goes through here.
func guard(call string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &crash{call, v}
		}
	}()
	return f()
}
