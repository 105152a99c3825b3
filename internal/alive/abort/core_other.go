//go:build !unix

package abort

func noCore() {}
