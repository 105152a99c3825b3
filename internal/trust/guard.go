package trust

import "fmt"

// crash is a panic of go-tuf, caught. Version 2.4.2 panics on nulls and on keys
// that are cut off, among others.
type crash struct {
	call  string // what it was asked for: "reading the file"
	value any
}

func (c *crash) Error() string { return fmt.Sprintf("go-tuf panicked when %s: %v", c.call, c.value) }

// guard runs f, which calls go-tuf for what the call says, and turns a panic into an
// error. Every call that looks at foreign bytes goes through here.
func guard(call string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &crash{call, v}
		}
	}()
	return f()
}
