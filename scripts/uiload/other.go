//go:build !unix

package main

import (
	"fmt"
	"runtime"
)

func measure(*options) (*result, error) {
	return nil, fmt.Errorf("there are no pseudo terminals on %s", runtime.GOOS)
}

func serve(*options) error { return nil }
