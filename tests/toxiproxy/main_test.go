package toxiproxy

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, theirs()...) }

// theirs are goroutines that toxiproxy leaves behind: when a toxic closes its end of
// a connection (limit_data, timeout, reset_peer), what comes before it in the chain
// waits for ever to hand on a chunk that nobody takes. A writer whose toxic delays
// data ends with the delay, and not when the proxy is stopped. None of them holds a
// descriptor: the connections are closed.
func theirs() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
	}
}
