package truth

import "golang.org/x/sys/windows"

// errTooManyFiles is why there are no more connections when there are no more files:
// Winsock has a number of its own.
const errTooManyFiles = windows.WSAEMFILE
