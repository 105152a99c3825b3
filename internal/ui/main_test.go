package ui

import (
	"testing"

	"go.uber.org/goleak"

	_ "example.com/tufinspect/internal/ui/term/nobg" // before Bubble Tea: see there
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
