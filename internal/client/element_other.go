//go:build !windows

package client

// free gives a quoted name as it is: none is taken.
func free(name string) string { return name }
