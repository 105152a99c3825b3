//go:build !unix

package term

import "os"

// Foreground is always true: there is no job control here.
func Foreground(*os.File) bool { return true }
