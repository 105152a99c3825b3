//go:build !linux

package main

import (
	"context"
	"fmt"
	"runtime"
)

func provokeAll(context.Context, string) ([]result, error) {
	return nil, fmt.Errorf("%w: network namespaces are Linux's, and this is %s", errSkip, runtime.GOOS)
}
