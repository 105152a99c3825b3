package fetch

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"example.com/tufinspect/internal/safe"
)

// Commands gives command lines for a POSIX shell that repeat the case of a file
// from outside: curl with the same address, protocol and headers, and ss, which
// shows what the system knows of the connections to that address. address is the
// "IP:port" that the attempt was connected to, or "" if it is not known. The first
// of the options counts. User names, passwords, queries and the values of headers
// are given as "xxxxx". A name that cannot be fetched has no commands.
func Commands(f File, address string, opts ...Options) []string {
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	return o.commands(f, address, nil)
}

// commands are those of a request that a redirect has led to, unless h is nil. They
// start at the first host: the address that a redirect gives may be good for a while
// only, and hold a secret.
func (o *Options) commands(f File, address string, h *Hop) []string {
	t, err := parseSite(f.Base)
	if err != nil {
		return nil
	}
	if t.folder != "" {
		return folderCommands(t, f)
	}
	if checkName(f.Name) != nil {
		return nil
	}
	peer, err := netip.ParseAddrPort(address)
	known := err == nil
	var lines []string
	if known {
		lines = append(lines, command("ss", "-tinp", "dst", netip.AddrPortFrom(peer.Addr().WithZone(""), peer.Port()).String()))
	}
	args := curlArguments(*o)
	asked, proxied := t, o.uses(t.address(f))
	if h != nil {
		asked = &site{scheme: h.Scheme, host: h.Host}
		proxied = o.uses(h.Scheme + "://" + h.Host)
		args = append(args, o.following()...)
	}
	if _, err := netip.ParseAddr(strings.Trim(hostname(asked.host), "[]")); err != nil && !proxied {
		lines = append(lines, command("getent", "ahosts", hostname(asked.host)))
	}
	if known && !proxied {
		args = append(args, pinned(asked, peer)...)
	}
	return slices.Insert(lines, 0, command(append(args, t.shown("/"+escape(f.Name, f.Flat)))...))
}

// Commands gives the command lines of [Commands] with this client's options.
func (c *Client) Commands(f File, address string) []string { return Commands(f, address, c.options) }

// CommandsBehind gives the command lines of [Commands] for a request that a redirect
// has led to, with the address of its Mark.
func (c *Client) CommandsBehind(f File, h Hop) []string {
	return c.options.commands(f, h.Address, &h)
}

// following has curl follow redirects as this client does. With headers of the caller's
// own it is to stop at the first, and shows where that leads: unlike this client, it
// would send them to the other host too.
func (o *Options) following() []string {
	for name := range o.Header {
		if !strings.EqualFold(name, "Host") {
			return nil
		}
	}
	return []string{"-L", "--max-redirs", fmt.Sprint(maxRedirects)}
}

// curlArguments gives all but the address.
func curlArguments(o Options) []string {
	args := []string{"curl", "-v", "-o", "/dev/null", "--globoff", "--connect-timeout", fmt.Sprint(int(dialLimit.Seconds())), "--speed-limit", "1", "--speed-time", "60"}
	if o.HTTP1 {
		args = append(args, "--http1.1")
	}
	if len(o.CA) > 0 {
		args = append(args, "--cacert", "CA.pem")
	}
	switch u, err := url.Parse(o.Proxy); {
	case o.Proxy == "":
	case o.Proxy == "none":
		args = append(args, "--noproxy", "*")
	case err == nil:
		if u.User != nil {
			u.User = url.User(safe.Hidden)
		}
		args = append(args, "--proxy", safe.Text(u.Scheme+"://"+userOf(u)+u.Host))
	}
	agent := o.UserAgent
	if agent == "" {
		agent = defaultAgent
	}
	args = append(args, "-A", agent, "-H", "Accept-Encoding: identity")
	for _, name := range slices.Sorted(maps.Keys(o.Header)) {
		value := safe.Hidden
		if strings.EqualFold(name, "Host") && len(o.Header[name]) == 1 {
			value = safe.Text(o.Header[name][0])
		}
		args = append(args, "-H", safe.Text(name)+": "+value)
	}
	return args
}

// userOf gives "xxxxx@" if an address has a user name.
func userOf(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	return safe.Hidden + "@"
}

// pinned gives the arguments that lead curl to one address.
func pinned(t *site, peer netip.AddrPort) []string {
	host := hostname(t.host)
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return nil
	}
	want := port(&url.URL{Scheme: t.scheme, Host: t.host})
	to := peer.Addr().WithZone("").String()
	if peer.Addr().Is6() {
		to = "[" + to + "]"
	}
	if got := fmt.Sprint(peer.Port()); got != want {
		return []string{"--connect-to", host + ":" + want + ":" + to + ":" + got}
	}
	return []string{"--resolve", host + ":" + want + ":" + to}
}

// hostname gives a host without its port.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

// uses tells whether a request to an address goes through a proxy.
func (o *Options) uses(address string) bool {
	choose, err := parseProxy(o.Proxy)
	if err != nil {
		return false
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	via, err := choose(&http.Request{URL: u})
	return err == nil && via != nil
}

// folderCommands look at a file of a folder, without waiting for ever.
func folderCommands(t *site, f File) []string {
	names, unsafe := fileNames(f)
	if unsafe != nil || len(names) == 0 {
		return nil
	}
	path := filepath.Join(t.folder, names[0])
	return []string{
		command("timeout", "10", "ls", "-lL", "--", path),
		command("timeout", "10", "head", "-c", "1", "--", path) + " | wc -c",
	}
}

// command quotes arguments for a POSIX shell.
func command(args ...string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = ShellWord(arg)
	}
	return strings.Join(quoted, " ")
}

// ShellWord writes one argument so that a shell takes it as it is and a person can
// read it. What cannot be printed becomes $'…' with octal escapes (POSIX.1-2024,
// 2.2.4).
func ShellWord(s string) string {
	switch {
	case plainArgument(s):
		return s
	case safe.Text(s) == s:
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(s) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}

// PathWord writes the name of a file as an argument. On Windows, whatever shell is there is
// to understand it; elsewhere it is as [ShellWord] has it.
func PathWord(path string) string {
	if runtime.GOOS == "windows" && !plainArgument(path) && windowsPath(path) {
		return `"` + path + `"`
	}
	return ShellWord(path)
}

// windowsPath tells what means the same between double quotes to cmd, to PowerShell and
// to a POSIX shell, as most paths with a drive do: cmd takes single quotes as they are.
func windowsPath(s string) bool {
	return plainArgument(strings.NewReplacer(`\`, "", " ", "", "(", "", ")", "", "~", "").Replace(s)) && !strings.Contains(s, "%") &&
		!strings.Contains(s, `\\`) && !strings.HasSuffix(s, `\`)
}

// plainArgument tells what no shell treats in a special way.
func plainArgument(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alphanumeric(s[i]) && !strings.ContainsRune("-_./:@%+=,", rune(s[i])) {
			return false
		}
	}
	return s != "" && !strings.HasPrefix(s, "=") // zsh expands a leading =
}

// dialAddress gives "host:port" of a base, as a dialer sees it.
func (t *site) dialAddress() string {
	u := &url.URL{Scheme: t.scheme, Host: t.host}
	return net.JoinHostPort(u.Hostname(), port(u))
}
