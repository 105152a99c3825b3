//go:build !linux

package demo

import "net"

// shortenQueue tells that the queue cannot be shortened here.
func shortenQueue(net.Listener) bool { return false }
