package main

import (
	"strings"
	"testing"
)

func TestAPanicIsNotTakenForABrokenRepository(t *testing.T) {
	var out strings.Builder
	code := 0
	func() {
		defer rescue(&out, &code)
		panic("boom")
	}()
	if code != exitUnknown || !strings.HasPrefix(out.String(), "tufinspect: the inspector failed: boom\n") {
		t.Errorf("exit code %d, %q", code, out.String())
	}
}
