//go:build !unix

package fetch

// openNonblock is nothing here: no name below a folder opens a FIFO.
const openNonblock = 0
