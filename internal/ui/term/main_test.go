package term

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// The test binary plays two parts itself: a program that suspends, and a shell that
// continues it.
const partEnv = "TERM_TEST_PART"

func TestMain(m *testing.M) {
	if part := os.Getenv(partEnv); part != "" {
		playPart(part)
		return
	}
	goleak.VerifyTestMain(m)
}
