package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// readBuffer holds the header of an answer and the whole body of a small file, so
// that one system call brings both.
const readBuffer = 16 << 10

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

func newTransport(o Options, dial dialFunc, proxy func(*http.Request) (*url.URL, error)) (*http.Transport, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(o.CA) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("extra certificates: no certificate in PEM form was found")
		}
		conf.RootCAs = pool
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!o.HTTP1)
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            dial,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    phaseTable[TLS].Limit,
		MaxConnsPerHost:        o.MaxConns,
		MaxIdleConnsPerHost:    o.MaxConns,
		IdleConnTimeout:        idleLimit,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
		ReadBufferSize:         readBuffer,
		ForceAttemptHTTP2:      !o.HTTP1,
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingLimit, WriteByteTimeout: sendLimit},
		OnProxyConnectResponse: tunnelAnswer,
	}, nil
}

// newDialer gives the function that connects. net/http lets a dial go on after
// the request that asked for it was cancelled. Here it ends with its Get, so that
// a cancelled Get holds neither a socket nor one of the host's connections.
func newDialer(o Options, instead map[string][]string, open *opened) dialFunc {
	next := o.DialContext
	memory := next != nil
	if !memory {
		d := &net.Dialer{
			Timeout:         phaseTable[Connect].Limit,
			KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive, Count: keepAliveCount},
			ControlContext:  prepareSocket,
		}
		next = d.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		addresses, ok := instead[strings.ToLower(address)]
		if !ok {
			addresses = []string{address}
		}
		l := legOf(ctx)
		if l == nil {
			return open.count(inTurn(ctx, next, network, addresses))
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		d := l.dialling(cancel)
		if memory && !o.DialHooks {
			l.connecting(network, addresses[0]) // no hook of httptrace says it
		}
		conn, err := open.count(inTurn(ctx, next, network, addresses))
		if err != nil {
			l.undialled(d)
			return nil, err
		}
		if !l.dialled(d, conn) {
			conn.Close()
			return nil, context.Canceled
		}
		return conn, nil
	}
}

// inTurn connects to the first address that answers, within the limit of one
// dial. An address that stays silent leaves its share of the time to the others,
// as net.Dialer has it. The error is the first one.
func inTurn(ctx context.Context, dial dialFunc, network string, addresses []string) (net.Conn, error) {
	if len(addresses) == 1 {
		return dial(ctx, network, addresses[0])
	}
	deadline := time.Now().Add(phaseTable[Connect].Limit)
	var first error
	for i, address := range addresses {
		share := time.Until(deadline) / time.Duration(len(addresses)-i)
		one, cancel := context.WithTimeout(ctx, share)
		conn, err := dial(one, network, address)
		cancel()
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

// parseResolve checks the option and gives "host:port" in lower case → each
// "ip:port".
func parseResolve(m map[string]string) (map[string][]string, error) {
	instead := make(map[string][]string, len(m))
	for key, value := range m {
		host, port, err := net.SplitHostPort(key)
		if err != nil || host == "" || !validPort(port) {
			return nil, fmt.Errorf("resolve: %q is not HOST:PORT", safe.Text(key))
		}
		var addresses []string
		for value := range strings.SplitSeq(value, ",") {
			value = strings.TrimSpace(value)
			if ip, err := netip.ParseAddr(strings.Trim(value, "[]")); err == nil {
				value = net.JoinHostPort(ip.String(), port)
			} else if _, err := netip.ParseAddrPort(value); err != nil {
				return nil, fmt.Errorf("resolve: %q is neither an IP address nor IP:PORT", safe.Text(value))
			}
			addresses = append(addresses, value)
		}
		instead[strings.ToLower(net.JoinHostPort(host, port))] = addresses
	}
	return instead, nil
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// parseProxy gives the function that chooses the proxy of a request. Errors do
// not repeat the address: it may hold a password.
func parseProxy(s string) (func(*http.Request) (*url.URL, error), error) {
	switch s {
	case "":
		return http.ProxyFromEnvironment, nil
	case "none":
		return func(*http.Request) (*url.URL, error) { return nil, nil }, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return nil, errors.New("proxy: not a URL such as http://proxy.example:3128, nor none")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return http.ProxyURL(u), nil
	}
	return nil, fmt.Errorf("proxy: the scheme %q is not http, https, socks5 or socks5h", safe.Text(u.Scheme))
}

// proxy chooses the proxy of a request and lets its leg know, because the
// phases depend on it.
func (c *Client) proxy(r *http.Request) (*url.URL, error) {
	u, err := c.proxyFor(r)
	if err != nil {
		return nil, &Error{Kind: finding.Unreachable, Text: "the proxy's address in the environment cannot be read", Err: err}
	}
	if l := legOf(r.Context()); l != nil {
		l.route(r.URL.Scheme, u)
	}
	return u, nil
}

// tunnelAnswer turns a proxy's refusal into an error that says so.
func tunnelAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &Error{
		Kind:  finding.Unreachable,
		Text:  "the proxy refused the connection: " + statusText(resp),
		Retry: retryable(resp.StatusCode),
	}
}

// refusedHeaders cannot be set by the caller, each for its reason.
var refusedHeaders = map[string]string{
	"Accept-Encoding":   "the bytes must come as they are stored",
	"Connection":        "connections are kept by the transport",
	"Content-Length":    "requests have no body",
	"Expect":            "requests have no body",
	"If-Match":          "a file is always asked for as a whole",
	"If-Modified-Since": "a file is always asked for as a whole",
	"If-None-Match":     "a file is always asked for as a whole",
	"If-Range":          "the rest of a file is asked for where it is missing",
	"Range":             "the rest of a file is asked for where it is missing",
	"Te":                "the transport decides about encodings",
	"Trailer":           "requests have no body",
	"Transfer-Encoding": "requests have no body",
	"Upgrade":           "the transport decides about the protocol",
}

// checkHeader tells what is wrong with one of the caller's headers. Values are
// not repeated: they may be secrets.
func checkHeader(name string, values []string) error {
	if !validHeaderName(name) {
		return fmt.Errorf("header: %q is not a header's name", safe.Text(name))
	}
	if why, ok := refusedHeaders[http.CanonicalHeaderKey(name)]; ok {
		return fmt.Errorf("header %s: cannot be set, %s", name, why)
	}
	for _, v := range values {
		if !validHeaderValue(v) {
			return fmt.Errorf("header %s: the value has control characters", name)
		}
	}
	return nil
}

// validHeaderName tells whether s is a token (RFC 9110, 5.6.2).
func validHeaderName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alphanumeric(s[i]) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(s[i])) {
			return false
		}
	}
	return s != ""
}

func validHeaderValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
