package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

const (
	// stepLimit bounds each step of an investigation, and investigationLimit the
	// whole of it.
	stepLimit          = 10 * time.Second
	investigationLimit = 25 * time.Second
	// maxAddresses is how many addresses of a host are looked at.
	maxAddresses = 8
	// largePart is a range that needs packets of full size, in bytes.
	largePart = 64 << 10
)

var errStepLimit = errors.New("nothing came within the step's limit")

// Investigate asks the network why a file is stuck, beside whatever is stuck: it
// has connections of its own and disturbs none. It resolves the host, connects to
// each address, and asks each for a part of the file over each protocol, all in
// parallel. If others are given, it asks for the first of them too: a server may
// be silent for one file only. Through a proxy, whose choice the address is, it
// asks without looking at addresses.
//
// report, which may be nil, gets each step when it has ended, one at a time and
// none after Investigate has returned. It blocks for at most 25 seconds, or until
// ctx is done. A folder whose disk does not answer is the one thing that leaves a
// goroutine behind, until the disk does answer: no call can end it.
func (c *Client) Investigate(ctx context.Context, f File, report func(Step), others ...File) Conclusion {
	return c.investigate(ctx, f, report, stepLimit, others)
}

// investigate does it with a limit for each step.
func (c *Client) investigate(ctx context.Context, f File, report func(Step), limit time.Duration, others []File) Conclusion {
	ctx, cancel := context.WithTimeoutCause(ctx, investigationLimit, errStepLimit)
	defer cancel()
	inv := &investigation{client: c, file: f, report: report, limit: limit}
	if len(others) > 0 {
		inv.other = &others[0]
	}
	s, err := c.site(f.Base)
	if err == nil {
		_, err = s.locate(f)
	}
	if err != nil {
		return Conclusion{Text: "nothing was asked: " + safe.Error(err)}
	}
	inv.site = s
	if s.folder != "" {
		inv.folder(ctx)
	} else {
		inv.server(ctx)
	}
	steps := inv.done()
	text := conclude(steps, inv.other != nil)
	if err := ctx.Err(); err != nil && !errors.Is(context.Cause(ctx), errStepLimit) {
		text = "given up: " + safe.Error(context.Cause(ctx))
	}
	return Conclusion{Text: text, Answers: table(steps).answers(), Steps: steps}
}

// investigation is one call of Investigate.
type investigation struct {
	client *Client
	site   *site
	file   File
	other  *File
	limit  time.Duration // of a step

	once sync.Once // what is asked of one address only

	mu     sync.Mutex // held while report runs
	report func(Step)
	steps  []Step
	over   bool
}

// add notes a step, unless the investigation is over.
func (inv *investigation) add(s Step) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.over {
		return
	}
	s.Address, s.Outcome = safe.Text(s.Address), safe.Text(s.Outcome)
	inv.steps = append(inv.steps, s)
	if inv.report != nil {
		inv.report(s)
	}
}

// done ends the reports.
func (inv *investigation) done() []Step {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.over = true
	return inv.steps
}

// step runs one check within its limit and notes how it ended. It tells whether
// the check passed or was at least answered.
func (inv *investigation) step(ctx context.Context, s Step, check func(context.Context, *Step) error) bool {
	ctx, cancel := context.WithTimeoutCause(ctx, inv.limit, errStepLimit)
	defer cancel()
	begun := time.Now()
	err := guarded(func() error { return check(ctx, &s) })
	s.Duration = time.Since(begun)
	switch {
	case err == nil:
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errStepLimit):
		s.Result, s.Outcome = Silent, silence(s.Check)+" within "+measure.Tenths(s.Duration)
		if behind, ok := errors.AsType[*behindError](err); ok {
			s.Outcome += BehindRedirect + behind.to
		}
	case ctx.Err() != nil:
		s.Result, s.Outcome = Dropped, "given up"
	case timedOut(err) || handshakeTimedOut(err):
		s.Result, s.Outcome = Silent, silence(s.Check)+": "+shortly(err)
	default:
		s.Result, s.Outcome = Refused, shortly(err)
	}
	inv.add(s)
	return s.Result == Passed
}

// guarded turns a panic into an error, so that an investigation cannot end the
// program.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the inspector failed: %v", v)
		}
	}()
	return f()
}

// silence says what has not come.
func silence(c Check) string {
	switch c {
	case CheckResolve:
		return DNS.Info().Short
	case CheckConnect:
		return Connect.Info().Short
	case CheckHandshake:
		return TLS.Info().Short
	case CheckOpen:
		return "the disk has not answered"
	case CheckLarge:
		return "not all bytes"
	}
	return Headers.Info().Short
}

// shortly gives an error in one line.
func shortly(err error) string {
	var own *Error
	if errors.As(err, &own) {
		return own.Text
	}
	if text := certificateText(err); text != "" {
		return text
	}
	return connectionText(err, Connect)
}

// each runs f for all in parallel and waits.
func each[T any](all []T, f func(T)) {
	var wg sync.WaitGroup
	for _, one := range all {
		wg.Go(func() { f(one) })
	}
	wg.Wait()
}

// server investigates a file of a server.
func (inv *investigation) server(ctx context.Context) {
	o := inv.client.options
	u := &url.URL{Scheme: inv.site.scheme, Host: inv.site.host}
	if via, err := inv.client.proxyFor(&http.Request{URL: u}); err != nil || via != nil {
		address := ""
		if via != nil {
			address = "proxy " + via.Host
		}
		inv.asks(ctx, o, address, inv.site.scheme == "https")
		return
	}
	o.Proxy = "none"
	each(inv.addresses(ctx), func(address string) { inv.address(ctx, o, address) })
}

// addresses gives where the host may be, at most maxAddresses, as "IP:port".
func (inv *investigation) addresses(ctx context.Context) []string {
	target := inv.site.dialAddress()
	if given, ok := inv.client.instead[strings.ToLower(target)]; ok {
		inv.add(Step{Check: CheckResolve, Outcome: "given: " + strings.Join(given, ", ")})
		return given[:min(len(given), maxAddresses)]
	}
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return []string{target}
	}
	if inv.client.options.DialContext != nil {
		return []string{target} // a network in memory has its own names
	}
	var mu sync.Mutex
	var found []string
	each([]string{"A", "AAAA"}, func(record string) {
		inv.step(ctx, Step{Check: CheckResolve, Protocol: record}, func(ctx context.Context, s *Step) error {
			network := "ip4"
			if record == "AAAA" {
				network = "ip6"
			}
			ips, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
			if err != nil {
				var dns *net.DNSError
				if errors.As(err, &dns) {
					return &Error{Text: resolverText(dns), Err: err}
				}
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			var texts []string
			for _, ip := range ips {
				texts = append(texts, ip.Unmap().String())
				found = append(found, net.JoinHostPort(ip.Unmap().String(), port))
			}
			s.Outcome = strings.Join(texts, ", ")
			return nil
		})
	})
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), maxAddresses)]
}

// address investigates one address.
func (inv *investigation) address(ctx context.Context, o Options, address string) {
	var conn net.Conn
	dial := newDialer(Options{DialContext: o.DialContext, DialHooks: o.DialHooks}, nil, nil)
	ok := inv.step(ctx, Step{Check: CheckConnect, Address: address}, func(ctx context.Context, s *Step) (err error) {
		conn, err = dial(ctx, "tcp", address)
		s.Outcome = "connected"
		return err
	})
	if conn != nil {
		defer conn.Close()
	}
	if !ok {
		return
	}
	http2 := false
	if inv.site.scheme == "https" {
		if http2, ok = inv.handshake(ctx, address, conn); !ok {
			return
		}
	}
	conn.Close()
	o.Resolve = map[string]string{inv.site.dialAddress(): address}
	if o.DialContext != nil {
		o.Resolve = nil // the only address is the one that it is asked for
	}
	inv.asks(ctx, o, address, http2)
}

// handshake does TLS, and tells whether the server speaks HTTP/2.
func (inv *investigation) handshake(ctx context.Context, address string, conn net.Conn) (http2, ok bool) {
	ok = inv.step(ctx, Step{Check: CheckHandshake, Address: address}, func(ctx context.Context, s *Step) error {
		conf := inv.client.transport.TLSClientConfig.Clone()
		conf.ServerName = hostname(inv.site.host)
		conf.NextProtos = []string{"http/1.1"}
		if !inv.client.options.HTTP1 {
			conf.NextProtos = []string{"h2", "http/1.1"}
		}
		over := tls.Client(conn, conf)
		if err := over.HandshakeContext(ctx); err != nil {
			return err
		}
		state := over.ConnectionState()
		http2 = state.NegotiatedProtocol == "h2"
		s.Protocol, s.Outcome = tls.VersionName(state.Version), "done"
		if state.NegotiatedProtocol != "" {
			s.Outcome = "done, and the server chose " + state.NegotiatedProtocol
		}
		return nil
	})
	return http2, ok
}

// folder investigates a file of a folder.
func (inv *investigation) folder(ctx context.Context) {
	inv.step(ctx, Step{Check: CheckOpen, Protocol: "file"}, func(ctx context.Context, s *Step) error {
		type result struct {
			err     error
			outcome string
		}
		answer := make(chan result, 1)
		// A disk that does not answer cannot be interrupted, only left.
		go func() {
			var r result
			r.err = guarded(func() (err error) {
				r.outcome, err = firstOfFile(ctx, inv.site.folder, inv.file)
				return err
			})
			answer <- r
		}()
		select {
		case r := <-answer:
			s.Outcome = r.outcome
			return r.err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// firstOfFile opens a file and reads its first byte.
func firstOfFile(ctx context.Context, folder string, f File) (string, error) {
	names, unsafe := fileNames(f)
	if unsafe != nil {
		return "", unsafe
	}
	file, length, err := openIn(ctx, folder, names)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := file.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		return "", fileError(err)
	}
	return "opened and read: " + measure.Count(length, "byte"), nil
}
