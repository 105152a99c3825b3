package fetch

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const curl = "curl -v -o /dev/null --globoff --connect-timeout 10 --speed-limit 1 --speed-time 60 "

func TestCommands(t *testing.T) {
	t.Setenv("http_proxy", "")
	t.Setenv("https_proxy", "")
	t.Setenv("HTTP_PROXY", "")
	t.Setenv("HTTPS_PROXY", "")
	const who = "-A tufinspect -H 'Accept-Encoding: identity' "
	for _, tt := range []struct {
		name    string
		f       File
		address string
		o       []Options
		want    []string
	}{
		{"a server", File{Base: "https://repo.example/r", Name: "targets/a b.json"}, "203.0.113.7:443", nil, []string{
			curl + who + "--resolve repo.example:443:203.0.113.7 https://repo.example/r/targets/a%20b.json",
			"ss -tinp dst 203.0.113.7:443",
			"getent ahosts repo.example",
		}},
		{"IPv6 and another port", File{Base: "http://repo.example:8080", Name: "a"}, "[2001:db8::1]:81", nil, []string{
			curl + who + "--connect-to 'repo.example:8080:[2001:db8::1]:81' http://repo.example:8080/a",
			"ss -tinp dst '[2001:db8::1]:81'",
			"getent ahosts repo.example",
		}},
		{"an address for a host", File{Base: "http://[::1]:8080", Name: "a"}, "[::1]:8080", nil, []string{
			curl + who + "'http://[::1]:8080/a'",
			"ss -tinp dst '[::1]:8080'",
		}},
		{"no address yet", File{Base: "https://repo.example", Name: "a"}, "", nil, []string{
			curl + who + "https://repo.example/a",
			"getent ahosts repo.example",
		}},
		{"an address that is none", File{Base: "https://repo.example", Name: "a"}, "; rm -rf /", nil, []string{
			curl + who + "https://repo.example/a",
			"getent ahosts repo.example",
		}},
		{"secrets", File{Base: "https://user:secret@repo.example/r?sig=secret", Name: "a"}, "", []Options{{
			HTTP1: true, CA: []byte("secret"), UserAgent: "it's me", Proxy: "http://u:secret@proxy.example:3128",
			Header: http.Header{"X-Key": {"secret"}, "Authorization": {"Bearer secret"}, "Host": {"other.example"}},
		}}, []string{
			curl + `--http1.1 --cacert CA.pem --proxy http://xxxxx@proxy.example:3128 -A 'it'\''s me' -H 'Accept-Encoding: identity' -H 'Authorization: xxxxx' -H 'Host: other.example' -H 'X-Key: xxxxx' 'https://xxxxx@repo.example/r/a?xxxxx'`,
		}},
		{"no proxy", File{Base: "http://repo.example", Name: "a"}, "203.0.113.7:80", []Options{{Proxy: "none"}}, []string{
			curl + "--noproxy '*' " + who + "--resolve repo.example:80:203.0.113.7 http://repo.example/a",
			"ss -tinp dst 203.0.113.7:80",
			"getent ahosts repo.example",
		}},
		{"a role with a slash", File{Base: "http://192.0.2.1", Name: "a/b.json", Flat: true}, "", nil, []string{curl + who + "http://192.0.2.1/a%2Fb.json"}},
		{"a folder", File{Base: "/srv/it's", Name: "a b"}, "", nil, []string{
			"timeout 10 ls -lL -- " + ShellWord(filepath.FromSlash("/srv/it's/a b")),
			"timeout 10 head -c 1 -- " + ShellWord(filepath.FromSlash("/srv/it's/a b")) + " | wc -c",
		}},
		{"an unsafe name", File{Base: "http://repo.example", Name: "../a"}, "", nil, nil},
		{"an unsafe name in a folder", File{Base: "/srv", Name: "../a"}, "", nil, nil},
		{"an unsafe base", File{Base: "http://", Name: "a"}, "", nil, nil},
	} {
		got := Commands(tt.f, tt.address, tt.o...)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
		}
		if strings.Contains(strings.Join(got, " "), "secret") {
			t.Errorf("%s: a secret is shown: %s", tt.name, got)
		}
	}
	c := newClient(t, Options{HTTP1: true})
	if got := c.Commands(File{Base: "http://192.0.2.1", Name: "a"}, ""); len(got) != 1 || !strings.Contains(got[0], "--http1.1") {
		t.Errorf("%q", got)
	}
}

// TestCommandsBehindARedirect: they begin at the first host, and look at the one that is
// silent.
func TestCommandsBehindARedirect(t *testing.T) {
	f := File{Base: "https://repo.example/r", Name: "a"}
	h := Hop{Scheme: "https", Host: "cdn.example", Mark: Mark{Address: "203.0.113.7:443"}}
	c := newClient(t, Options{Header: http.Header{"Host": {"other.example"}}})
	want := []string{
		curl + "--noproxy '*' -A tufinspect -H 'Accept-Encoding: identity' -H 'Host: other.example' -L --max-redirs 5 " +
			"--resolve cdn.example:443:203.0.113.7 https://repo.example/r/a",
		"ss -tinp dst 203.0.113.7:443",
		"getent ahosts cdn.example",
	}
	if got := c.CommandsBehind(f, h); !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	// A secret that a person fills in is not to go where this client does not send it.
	c = newClient(t, Options{Header: http.Header{"X-Key": {"secret"}}})
	if got := c.CommandsBehind(f, h); strings.Contains(got[0], "-L") {
		t.Errorf("own headers would be sent to another host: %s", got[0])
	}
	// An address has no name to look up or to pin.
	h = Hop{Scheme: "http", Host: "127.0.0.1:4321", Mark: Mark{Address: "127.0.0.1:4321"}}
	if got := c.CommandsBehind(f, h); len(got) != 2 || strings.Contains(got[0], "--resolve") || got[1] != "ss -tinp dst 127.0.0.1:4321" {
		t.Errorf("%q", got)
	}
}

// TestQuotingAgainstAShell asks a shell what it makes of it.
func TestQuotingAgainstAShell(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	for _, s := range []string{"", "a", "a b", "it's", "$(id)", "`id`", "!x", `\`, "*?[a]", "~", "#x", "a;b&c|d>e", "é", "a\nb", "\x1b[2J'\\", "\xff", "=x", "{a,b}", "-n"} {
		out, err := exec.CommandContext(t.Context(), bash, "-c", "printf %s "+ShellWord(s)).Output()
		if err != nil || string(out) != s {
			t.Errorf("%q is written %s, and read as %q: %v", s, ShellWord(s), out, err)
		}
	}
}

func TestAPathWithADrive(t *testing.T) {
	for s, want := range map[string]bool{
		`C:\r\run.jsonl`: true, `C:\Program Files (x86)\r.jsonl`: true, `C:\RUNNER~1\r`: true, `dir\r`: true,
		`C:\r\`: false, `\\server\share`: false, `C:\%x%`: false, `C:\$x`: false, "C:\\`x`": false, `C:\"x"`: false, `C:\x!`: false, `C:\a&b`: false, `\`: false, "C:\\ü": false,
	} {
		if got := windowsPath(s); got != want {
			t.Errorf("%s is one: %t, want %t", s, got, want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	f.Add("it's \x1b")
	f.Fuzz(func(t *testing.T, s string) {
		q := ShellWord(s)
		if plain := strings.HasPrefix(q, "'") || strings.HasPrefix(q, "$'"); !plain && q != s {
			t.Errorf("%q: %s", s, q)
		}
		for _, c := range []byte(q) {
			if c < 0x20 {
				t.Errorf("%q: a control character stays: %q", s, q)
			}
		}
	})
}
