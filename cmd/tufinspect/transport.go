package main

import (
	"net"
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
)

// transportFlags say how files are fetched.
type transportFlags struct {
	ca        string
	headers   []string
	resolve   []string
	http1     bool
	proxy     string
	userAgent string
}

func (f *transportFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.ca, "ca", "", "trust the certificate authorities in this PEM `FILE` too")
	fs.StringArrayVar(&f.headers, "header", nil, "send this header (`'K: V'`), to the repository's own hosts only; may be repeated")
	fs.StringArrayVar(&f.resolve, "resolve", nil, "connect to ADDR instead of looking HOST up (`HOST:PORT:ADDR`[,ADDR]); may be repeated, several addresses are tried in turn")
	fs.BoolVar(&f.http1, "http1", false, "no HTTP/2")
	fs.StringVar(&f.proxy, "proxy", "", "the proxy's `URL`; default: from the environment; none uses none")
	fs.StringVar(&f.userAgent, "user-agent", "", "the User-Agent to send; default: tufinspect")
}

// options checks the flags and turns them into options of the transport.
func (f *transportFlags) options(workers int) (fetch.Options, error) {
	opt := fetch.Options{MaxConns: workers, HTTP1: f.http1, UserAgent: f.userAgent, Proxy: f.proxy}
	if f.ca != "" {
		pem, err := readFile("--ca", f.ca, "give a PEM file", caLimit)
		if err != nil {
			return opt, err
		}
		opt.CA = pem
	}
	for _, h := range f.headers {
		k, v, ok := strings.Cut(h, ":")
		if k = strings.TrimSpace(k); !ok || k == "" {
			return opt, usagef("--header: %q is not of the form 'Name: value'", safe.Text(h))
		}
		if opt.Header == nil {
			opt.Header = http.Header{}
		}
		opt.Header.Add(k, strings.TrimSpace(v))
	}
	for _, s := range f.resolve {
		host, rest, ok := strings.Cut(s, ":")
		port, list, ok2 := strings.Cut(rest, ":")
		key := net.JoinHostPort(host, port)
		for addr := range strings.SplitSeq(list, ",") {
			addr = strings.Trim(addr, "[]")
			if !ok || !ok2 || host == "" || port == "" || net.ParseIP(addr) == nil {
				return opt, usagef("--resolve: %q is not of the form HOST:PORT:ADDR[,ADDR], as in tuf.example.org:443:192.0.2.7", safe.Text(s))
			}
			if opt.Resolve == nil {
				opt.Resolve = map[string]string{}
			}
			if before := opt.Resolve[key]; before != "" {
				addr = before + "," + addr
			}
			opt.Resolve[key] = addr
		}
	}
	return opt, nil
}
