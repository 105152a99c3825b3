package ui

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// veil stands in place of each cell of what is hidden. It is one byte, so that lines
// are broken where they would be without it.
const veil = "*"

// mask takes the names of hosts and of the repository out of what is drawn, so that a
// picture of the screen can be shown around. A name leaves as many cells as it had:
// nothing on screen moves. The names of targets, roles and keys stay.
//
// Three kinds of text go: what the state knows by name, wherever it stands; what
// follows words behind which a foreign name stands, in the texts of errors and in
// headers; and everything that is an IP address by its form.
type mask struct{ secrets *strings.Replacer }

// veil gives the mask of the present state, or nil if nothing is hidden.
func (m *model) veil() *mask {
	if !m.private {
		return nil
	}
	if m.mask == nil {
		m.mask = maskOf(m.st, m.tally.hosts, m.saved)
	}
	return m.mask
}

func (k *mask) of(text string) string {
	text = k.secrets.Replace(text)
	for i := range leads {
		text = leads[i].hide(text)
	}
	return hideAddresses(text)
}

// maskOf makes the mask for what a run's state names: its addresses, their hosts, those
// that files are or will be asked of, the addresses that were connected to, and folders
// of this computer.
func maskOf(st *engine.State, asked map[string]*int, folders []string) *mask {
	var secrets []string
	add := func(s string) {
		// Very short names are in every other word.
		if len(s) >= 3 {
			secrets = append(secrets, s)
		}
	}
	addHost := func(s string) {
		if s == "local" { // what is no host is called so
			return
		}
		add(s)
		if host, _, err := net.SplitHostPort(s); err == nil {
			add(host)
		}
	}
	for _, address := range [...]string{st.Run.Repository, st.Run.MetadataURL, st.Run.TargetsURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			add(address)
			continue
		}
		addHost(u.Host)
		add(u.Hostname())
		for _, p := range strings.Split(strings.Trim(u.EscapedPath(), "/"), "/") {
			if p != "metadata" && p != "targets" { // they say nothing of whose they are
				add("/" + p)
			}
		}
	}
	for host := range asked {
		addHost(host)
	}
	for i := range st.Hosts {
		addHost(st.Hosts[i].Host)
		addHost(st.Hosts[i].Address)
		addHost(st.Hosts[i].Behind)
	}
	for n := range st.Notes.All() {
		if n.Finding.ID == finding.RedirectOtherHost { // it may be one in the middle of a way
			addHost(n.Finding.Subject)
		}
	}
	for i := range st.Breakers {
		addHost(st.Breakers[i].Host)
	}
	for _, inv := range st.Probes {
		for i := range inv.Steps {
			addHost(inv.Steps[i].Address)
		}
	}
	for i := range st.Stuck {
		if dump := st.Stuck[i].Dump; dump != "" {
			add(folderOf(dump))
		}
	}
	for _, f := range folders {
		if f != "." {
			add(f)
		}
	}
	// The longest first: a name may be a part of another.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	secrets = slices.Compact(secrets)
	pairs := make([]string, 0, 2*len(secrets))
	for _, s := range secrets {
		pairs = append(pairs, s, stars(s))
	}
	return &mask{strings.NewReplacer(pairs...)}
}

// folderOf gives the folder of a file, of this system or of the one where a recording was
// made.
func folderOf(path string) string { return path[:max(strings.LastIndexAny(path, `/\`), 0)] }

// stars hides a name. Blanks stay, because lines are broken there.
func stars(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		words[i] = strings.Repeat(veil, widthOf(w))
	}
	return strings.Join(words, " ")
}

// lead are words behind which a name stands.
type lead struct {
	words string
	ends  string // the bytes at which the name ends, or
	until string // the words, which may be missing
	hosts bool   // only what looks like the name of a host
	away  bool   // only what is no path of the same host
}

var leads = [...]lead{
	{words: "://", ends: "/ '\"<>,;)"},
	{words: "no such host: ", ends: " ,;)"},
	{words: "resolver did not answer for ", ends: " ,;)"},
	{words: "resolving ", ends: " "},
	{words: "getent ahosts ", ends: " "},
	{words: "behind a redirect to ", ends: " ,;)"},
	{words: "it redirects to ", until: ": "},
	{words: "Location: ", until: "  ", away: true},
	{words: "--resolve ", ends: ":"},
	{words: "--connect-to ", ends: ":'"},
	{words: "--connect-to '", ends: ":"},
	{words: "certificate is for ", until: ", not "},
	{words: "unknown authority (", ends: ")"},
	{words: "Via: ", until: "  ", hosts: true},
	{words: "X-Cache: ", until: "  ", hosts: true},
	{words: "Server: ", until: "  ", hosts: true},
}

// hide takes out what follows the words.
func (l *lead) hide(text string) string {
	at := 0
	for {
		i := strings.Index(text[at:], l.words)
		if i < 0 {
			return text
		}
		at += i + len(l.words)
		name := text[at:]
		if l.ends != "" {
			if end := strings.IndexAny(name, l.ends); end >= 0 {
				name = name[:end]
			}
		} else {
			name, _, _ = strings.Cut(name, l.until)
		}
		hidden := stars(name)
		switch {
		case l.away && (strings.Contains(name, "://") || !strings.HasPrefix(name, "//") && strings.HasPrefix(name, "/")):
			hidden = name // of the first another lead takes the host
		case l.hosts:
			hidden = hideHosts(name)
		case strings.HasPrefix(name, veil+veil), strings.Trim(name, veil+"…~") == "":
			hidden = name // it was hidden before, and may have been cut since
		}
		text = text[:at] + hidden + text[at+len(name):]
		at += len(hidden)
	}
}

// hideHosts takes the words out that have a dot, and a letter behind the last one.
func hideHosts(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		w = strings.Trim(w, "(),")
		if host, _, err := net.SplitHostPort(w); err == nil {
			w = host
		}
		dot := strings.LastIndexByte(w, '.')
		if dot >= 0 && dot+1 < len(w) && (w[dot+1]|0x20) >= 'a' && (w[dot+1]|0x20) <= 'z' {
			words[i] = strings.Replace(words[i], w, stars(w), 1)
		}
	}
	return strings.Join(words, " ")
}

// hideAddresses takes IP addresses out. A version of four numbers looks like one.
func hideAddresses(text string) string {
	for i := 0; i < len(text); {
		n, dots, colons := 0, 0, 0
		for i+n < len(text) && ofAddress(text[i+n]) {
			dots += boolInt(text[i+n] == '.')
			colons += boolInt(text[i+n] == ':')
			n++
		}
		if dots >= 3 || colons >= 2 {
			from, to := addressIn(text[i : i+n])
			text = text[:i+from] + strings.Repeat(veil, to-from) + text[i+to:]
		}
		i += max(n, 1)
	}
	return text
}

func ofAddress(c byte) bool {
	return c == '.' || c == ':' || c >= '0' && c <= '9' || (c|0x20) >= 'a' && (c|0x20) <= 'f'
}

// addressIn finds the address in a text of digits, dots and colons. Ports may stand on
// both sides of it.
func addressIn(s string) (from, to int) {
	for from := range len(s) {
		if from > 0 && s[from-1] != ':' && s[from-1] != '.' {
			continue
		}
		for to := len(s); to > from+1; to-- {
			if to < len(s) && s[to] != ':' && s[to] != '.' {
				continue
			}
			if _, err := netip.ParseAddr(s[from:to]); err == nil {
				return from, to
			}
		}
	}
	return 0, 0
}
