//go:build !windows

package fetch

import "os"

// misread is never true: a name is what it says here.
func misread(string) bool { return false }

// otherwise is always "": a file has the name by which it was opened, or the system
// does not tell.
func otherwise(*os.File, string) string { return "" }
