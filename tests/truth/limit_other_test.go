//go:build !windows

package truth

import "syscall"

// errTooManyFiles is why there are no more connections when there are no more files.
const errTooManyFiles = syscall.EMFILE
