package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// host is a network namespace that one thread of this process is in.
type host struct {
	thread int
	work   chan func()
}

// newHost makes a network namespace with nothing in it. It ends with close, and at
// the latest with the process.
func newHost() (*host, error) {
	h := &host{work: make(chan func())}
	made := make(chan error)
	go func() {
		// It is never unlocked: the thread, whose namespace is not the others', ends
		// with this goroutine.
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_NEWNET)
		h.thread = unix.Gettid()
		made <- err
		if err != nil {
			return
		}
		for f := range h.work {
			f()
		}
	}()
	if err := <-made; err != nil {
		return nil, fmt.Errorf("making a network namespace: %w", err)
	}
	return h, nil
}

func (h *host) close() { close(h.work) }

// do calls f in the namespace: what it listens on and what it starts is there.
func (h *host) do(f func() error) error {
	done := make(chan error)
	h.work <- func() { done <- f() }
	return <-done
}

// network is what all cables share: the client is where this process is, and between
// it and the servers is a router, because a loss on the sender's own card is one that
// the sender knows of.
type network struct{ router, server *host }

func newNetwork() (*network, error) {
	router, err := newHost()
	if err != nil {
		return nil, err
	}
	server, err := newHost()
	if err != nil {
		router.close()
		return nil, err
	}
	w := &network{router, server}
	err = router.do(func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0) })
	if err != nil {
		w.close()
		return nil, fmt.Errorf("making a router: %w", err)
	}
	return w, nil
}

func (w *network) close() {
	w.router.close()
	w.server.close()
}

// cable leads from the client to the servers. The addresses are of the range for
// measurements (RFC 2544, C.2.2), which nobody routes.
type cable struct {
	*network
	n     int
	here  string // address of the client
	there string // address of the servers
}

// mtu is what both ends believe that the cable carries, and narrowMTU what it
// carries once it is narrow, in bytes.
const (
	mtu       = 1500
	narrowMTU = 1400
)

// connect lays the cable with this number.
func (w *network) connect(ctx context.Context, n int) (*cable, error) {
	c := &cable{network: w, n: n, here: fmt.Sprintf("198.18.%d.1", n), there: fmt.Sprintf("198.19.%d.1", n)}
	gateHere, gateThere := fmt.Sprintf("198.18.%d.2", n), fmt.Sprintf("198.19.%d.2", n)
	return c, errors.Join(
		ip(ctx,
			fmt.Sprintf("link add name near%d mtu %d type veth peer name in%d mtu %d netns %d", n, mtu, n, mtu, w.router.thread),
			fmt.Sprintf("address add %s/30 dev near%d", c.here, n),
			fmt.Sprintf("link set near%d up", n)),
		w.router.ip(ctx,
			fmt.Sprintf("link add name out%d mtu %d type veth peer name far%d mtu %d netns %d", n, mtu, n, mtu, w.server.thread),
			fmt.Sprintf("address add %s/30 dev in%d", gateHere, n),
			fmt.Sprintf("address add %s/30 dev out%d", gateThere, n),
			fmt.Sprintf("link set in%d up", n),
			fmt.Sprintf("link set out%d up", n)),
		// A virtual card hands on whole batches of segments, whatever their size. One
		// segment at a time is what travels on a wire.
		w.server.ip(ctx,
			fmt.Sprintf("address add %s/30 dev far%d", c.there, n),
			fmt.Sprintf("link set far%d gso_max_segs 1 up", n),
			fmt.Sprintf("route add %s/32 via %s", c.here, gateThere)),
		ip(ctx, fmt.Sprintf("route add %s/32 via %s", c.there, gateHere)))
}

// cut loses everything from now on, both ways, and tells nobody.
func (c *cable) cut(ctx context.Context) error {
	return c.router.ip(ctx, "route add blackhole "+c.here+"/32", "route add blackhole "+c.there+"/32")
}

// narrow loses large packets to the client from now on, and tells nobody: a virtual
// card drops what is larger than it takes, and its peer, the router's, takes more.
func (c *cable) narrow(ctx context.Context) error {
	return ip(ctx, fmt.Sprintf("link set near%d mtu %d", c.n, narrowMTU))
}

// ip does the same as the function, in the host's namespace.
func (h *host) ip(ctx context.Context, lines ...string) error {
	return h.do(func() error { return ip(ctx, lines...) })
}

// ip has ip(8) do what the lines say, in the namespace of the calling thread.
func ip(ctx context.Context, lines ...string) error {
	cmd := exec.CommandContext(ctx, "ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(lines, "; ip "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// checkInside fails unless this process is in a network namespace other than the
// given one.
func checkInside(outside string) error {
	inside, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return fmt.Errorf("%w: the namespace is not known: %w", errSkip, err)
	}
	if outside == "" || outside == inside {
		return errors.New("not in a network namespace of its own: run scripts/network-causes")
	}
	return nil
}
