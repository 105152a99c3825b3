package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"

	"example.com/tufinspect/internal/finding"
)

// DefaultMaxConns is how many connections to one host a Client has when Options
// does not say.
const DefaultMaxConns = 16

// bufferSize is what one Get reads at a time, in bytes.
const bufferSize = 64 << 10

// defaultAgent names this program to servers.
const defaultAgent = "tufinspect"

// Options say how a Client reaches servers. The zero value is useful.
type Options struct {
	// MaxConns is the most connections to one host, open or idle; 0 means
	// DefaultMaxConns. It should be the number of Gets that run at a time.
	MaxConns int
	// CA holds certificates in PEM that are trusted besides the system's.
	CA []byte
	// Header is sent with every request to the host of the base, and to no other
	// host, whatever a redirect says. "Host" replaces the host in the request.
	Header http.Header
	// Resolve maps "host:port" to the IP address, or "IP:port", to connect to
	// instead, as curl's --resolve does. No resolver is asked then. Several,
	// separated by commas, are tried in turn.
	Resolve map[string]string
	// HTTP1 keeps to HTTP/1.1.
	HTTP1 bool
	// Proxy is the URL of a proxy (http, https, socks5 or socks5h). "" takes it
	// from the environment, "none" uses no proxy.
	Proxy string
	// UserAgent names this program to servers; "" means "tufinspect".
	UserAgent string
	// DialContext replaces the dialer, for connections in memory. Resolve is
	// applied before it is called. Connections may be Tellers.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// DialHooks says that DialContext calls the hooks of httptrace for what it does
	// (DNSStart, ConnectStart), as net.Dialer does. Without it a dial counts as
	// connecting from its start.
	DialHooks bool
}

// Client is the Source for HTTP(S) servers and folders. It is safe for
// concurrent use, and it can still be used after Close.
type Client struct {
	transport *http.Transport
	options   Options             // as given, for investigations
	instead   map[string][]string // Options.Resolve, parsed
	proxyFor  func(*http.Request) (*url.URL, error)
	own       http.Header // the caller's headers, for the base's host only
	host      string      // replaces the base's host in requests, or ""
	agent     string
	foreign   [2]http.Header // headers for other hosts; the second asks past caches
	bases     sync.Map       // File.Base → *site: few, and parsed once
	buffers   sync.Pool      // *[bufferSize]byte
	open      opened
	dates     dates
}

var _ Source = (*Client)(nil)

// New makes a Client, or says which option cannot be and why.
func New(o Options) (*Client, error) {
	if o.MaxConns < 0 {
		return nil, fmt.Errorf("connections per host: %d is negative", o.MaxConns)
	}
	if o.MaxConns == 0 {
		o.MaxConns = DefaultMaxConns
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultAgent
	}
	if !validHeaderValue(o.UserAgent) {
		return nil, errors.New("user agent: control characters cannot be sent")
	}
	c := &Client{agent: o.UserAgent, own: http.Header{}, options: o}
	for name, values := range o.Header {
		if err := checkHeader(name, values); err != nil {
			return nil, err
		}
		name = http.CanonicalHeaderKey(name)
		switch {
		case name != "Host":
			c.own[name] = append(c.own[name], values...)
		case len(values) == 1 && values[0] != "":
			c.host = values[0]
		default:
			return nil, errors.New("header Host: exactly one value is needed")
		}
	}
	c.foreign = [2]http.Header{c.header(nil, nil, false), c.header(nil, nil, true)}
	c.buffers.New = func() any { return new([bufferSize]byte) }

	var err error
	if c.proxyFor, err = parseProxy(o.Proxy); err != nil {
		return nil, err
	}
	if c.instead, err = parseResolve(o.Resolve); err != nil {
		return nil, err
	}
	dial := newDialer(o, c.instead, &c.open)
	if c.transport, err = newTransport(o, dial, c.proxy); err != nil {
		return nil, err
	}
	return c, nil
}

// Locate gives the address of a file, escaped and printable. User names,
// passwords and query strings in the base are shown as "xxxxx".
func (c *Client) Locate(f File) (string, error) {
	s, err := c.site(f.Base)
	if err != nil {
		return "", err
	}
	return s.locate(f)
}

// Get brings one file; see [Source]. The phases of a folder are headers (open)
// and body. A nil trace is allowed.
func (c *Client) Get(ctx context.Context, req Request, sink io.Writer, tr Trace) (int64, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if tr == nil {
		tr = deaf{}
	}
	s, err := c.site(req.Base)
	if err != nil {
		return 0, err
	}
	if s.folder != "" {
		return c.getFile(ctx, s.folder, req, sink, tr)
	}
	return c.getHTTP(ctx, s, req, sink, tr)
}

// Close closes idle connections and ends dials that nobody waits for. Folders
// are opened anew by each Get, so that none is held. It does not wait for running
// Gets: their connections are closed when they end, not kept. Only one of HTTP/2, on
// which a request has not quite ended yet, stays for another half minute.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// site gives the parsed form of a base. The number of bases that one Client
// meets is small, so nothing is ever thrown away.
func (c *Client) site(base string) (*site, error) {
	if s, ok := c.bases.Load(base); ok {
		return s.(*site), nil
	}
	s, err := parseSite(base)
	if err != nil {
		return nil, &Error{Kind: finding.ReadError, Text: err.Error(), Err: err}
	}
	if s.folder == "" {
		s.header = [2]http.Header{c.header(c.own, s.user, false), c.header(c.own, s.user, true)}
	}
	kept, _ := c.bases.LoadOrStore(base, s)
	return kept.(*site), nil
}

// header makes the header of a request. It is made once and shared by many
// requests, which only read it.
func (c *Client) header(own http.Header, user *url.Userinfo, noCache bool) http.Header {
	h := http.Header{
		"User-Agent": {c.agent},
		// Without this line a server may choose any encoding (RFC 9110, 12.5.3).
		"Accept-Encoding": {"identity"},
	}
	if noCache {
		h["Cache-Control"] = []string{"no-cache"}
		h["Pragma"] = []string{"no-cache"}
	}
	if user != nil {
		password, _ := user.Password()
		r := http.Request{Header: h}
		r.SetBasicAuth(user.Username(), password)
	}
	for name, values := range own {
		h[name] = append([]string(nil), values...)
	}
	return h
}

// deaf is the Trace of a caller that does not listen.
type deaf struct{}

func (deaf) Enter(Mark)       {}
func (deaf) Respond(Response) {}
func (deaf) Got(int)          {}
