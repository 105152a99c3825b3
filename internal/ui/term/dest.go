package term

import (
	"os"
	"time"
)

// polled is a file of our own on the terminal that does not block, so that a
// deadline can end a write that hangs.
type polled struct{ f *os.File }

func (p polled) Write(b []byte) (int, error) { return p.f.Write(b) }
func (p polled) interrupt(at time.Time)      { _ = p.f.SetWriteDeadline(at) }
func (p polled) close()                      { _ = p.f.Close() }

// plain is the file as it was given. A write that hangs cannot be ended.
type plain struct{ f *os.File }

func (p plain) Write(b []byte) (int, error) { return p.f.Write(b) }
func (p plain) interrupt(time.Time)         {}
func (p plain) close()                      {}
