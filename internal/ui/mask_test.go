package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// everything are the scenes of all that can be on screen.
var everything = []struct {
	name string
	play func(*scene)
}{
	{"before the start", func(*scene) {}},
	{"locating", (*scene).start},
	{"running", (*scene).running},
	{"settled", func(s *scene) { s.running(); s.settle() }},
	{"foreign", (*scene).foreign},
	{"slow", (*scene).crawl},
	{"silent", (*scene).silentFor},
	{"resumed", (*scene).resume},
	{"probing", (*scene).probing},
	{"probed", (*scene).probed},
	{"held", (*scene).hold},
	{"given up", (*scene).giveUp},
	{"stuck", (*scene).stand},
	{"named", (*scene).named},
}

// named has the names of hosts in places where only a server or a system puts them.
func (s *scene) named() {
	s.running()
	s.host()
	s.hop(rootfs2, 1, "https://mirror.example.net:8443/deep/file", "198.51.100.23:8443", step{fetch.Pool, time.Second})
	s.answered(rootfs2, 302, map[string]string{
		"Location": "https://mirror.example.net:8443/deep/file", "Via": "1.1 cache-7.example.net (Varnish/6.0)", "X-Cache": "HIT from cache-7.example.net:3128",
	})
	for i, text := range []string{
		"no such host: mirror.example.net",
		"resolving mirror.example.net: server misbehaving",
		"the resolver did not answer for mirror.example.net",
		"certificate is for mirror.example.net, *.cdn.example.net and 2 more, not tuf.example.org",
		"certificate is signed by an unknown authority (Example Net Root)",
		"dial tcp [2001:db8::17]:443: connect: no route to host",
		"redirected to http://198.51.100.23/metadata/x",
		"connection refused, behind a redirect to mirror.example.net:8443, again in 3s",
		"curl -L --resolve mirror.example.net:443:198.51.100.23",
		"curl -L --connect-to 'mirror.example.net:8443:[2001:db8::17]:81'",
		"curl -L --connect-to mirror.example.net:8443:198.51.100.23:81",
	} {
		name := s.m.st.Items.At(3000 - 500 - i).Path
		s.to(name, engine.Connecting)
		s.to(name, engine.Failed, problem(finding.Unreachable, text))
	}
	for _, f := range []finding.Finding{
		finding.New(finding.RedirectOtherHost, "tuf.example.org", "it redirects to %s: %s", "relay.example.com:9002", "48 times"),
		finding.New(finding.RedirectOtherHost, "relay.example.com:9002", "it redirects to %s: %s", "mirror.example.net", "once"),
	} {
		s.fold(engine.FindingRaised{Finding: f})
	}
	s.fold(engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held, Why: "no such host: mirror.example.net", Since: s.at, Queued: 10})
}

// secrets are pieces of what nobody may read off a private screen.
var secrets = func() []string {
	var all []string
	for _, name := range []string{"tuf.example.org", "mirror.example.net", "cache-7.example.net", "relay.example.com", "203.0.113.7", "203.0.113.8", "2001:db8::17", "198.51.100.23", "Example Net Root", "/home/me"} {
		for i := 0; i+6 <= len(name); i++ {
			all = append(all, name[i:i+6])
		}
	}
	return all
}()

// A private screen shows no host, address or place of the repository, nor a part of
// one, and is otherwise what it is without privacy.
func TestAPrivateScreenNamesNoHost(t *testing.T) {
	sizes := [][2]int{{200, 60}, {120, 36}, {110, 30}, {80, 24}, {79, 18}, {60, 12}, {40, 8}}
	keys := [][]string{{}, {"enter"}, {"pgdown"}, {"esc", "?"}, {"?", "/", "x"}, {"esc", "/", "state:failed", "enter", "enter"}, {"down"}, {"down"}, {"down"}, {"down"}, {"down"}, {"down"}, {"down"}, {"down"},
		{"esc", "esc", "/", "1.20.6/darwin", "enter", "enter"}, {"q"}, {"n", "esc", "esc", "2"}, {"enter"}, {"3"}, {"4"}, {"enter"}, {"5"}, {"enter"}, {"6"}, {"enter"}}
	found := 0
	for _, sc := range everything {
		for _, ascii := range []bool{false, true} {
			s := newScene(t, look{theme: Mono, ascii: ascii}, 120, 36)
			sc.play(s)
			for _, k := range keys {
				s.keys(k...)
				for _, size := range sizes {
					s.m.resize(size[0], size[1])
					s.m.private = false
					open := ansi.Strip(s.m.draw())
					s.m.private, s.m.dirty = true, true
					frame := ansi.Strip(s.m.draw())
					where := fmt.Sprintf("%s, %dx%d, after %q", sc.name, size[0], size[1], k)
					for _, secret := range secrets {
						if i := strings.Index(frame, secret); i >= 0 {
							t.Fatalf("%s: %q can be read: %q", where, secret, frame[max(0, i-60):min(len(frame), i+60)])
						}
						found += strings.Count(open, secret)
					}
					sameButHidden(t, where, open, frame)
				}
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d pieces were to be hidden", found)
	}
}

func TestAPrivateLocationNamesNoOtherHost(t *testing.T) {
	k := maskOf(&engine.State{}, nil, nil)
	for text, want := range map[string]string{
		"302 Found  Location: //relay.example.com/x  Via: 1.1 a": "302 Found  Location: *********************  Via: 1.1 a",
		`Location: \\relay.example.com/x`:                        "Location: *********************",
		"Location: https:/relay.example.com/x":                   "Location: **************************",
		"Location: relay.example.com":                            "Location: *****************",
		"Location: https://relay.example.com/x":                  "Location: https://*****************/x",
		"Location: /x/y  Server: nginx":                          "Location: /x/y  Server: nginx",
		"it redirects to relay:9002: 48 times":                   "it redirects to **********: 48 times",
	} {
		if got := k.of(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// sameButHidden checks that only names have changed.
func sameButHidden(t *testing.T, where, open, frame string) {
	t.Helper()
	a, b := strings.Split(open, "\n"), strings.Split(frame, "\n")
	if len(a) != len(b) {
		t.Fatalf("%s: %d lines and %d", where, len(a), len(b))
	}
	for i := range a {
		x, y := []rune(a[i]), []rune(b[i])
		for j := range y {
			if len(x) != len(y) || x[j] != y[j] && y[j] != '*' {
				t.Fatalf("%s: hiding names changes\n%s to\n%s", where, a[i], b[i])
			}
		}
	}
}

func TestWhatIsHidden(t *testing.T) {
	st := &engine.State{}
	st.Run.Repository = "https://tuf.example.org:8443/acme/metadata"
	st.Run.MetadataURL = st.Run.Repository
	st.Run.TargetsURL = "/srv/acme stuff/targets"
	st.Hosts = []engine.HostChanged{{Host: "tuf.example.org:8443", Address: "[2001:db8::1]:8443"}, {Host: "local"}, {Host: "db"}}
	k := maskOf(st, nil, []string{"/home/me", "."})
	tests := []struct{ name, text, want string }{
		{"a host", "tuf.example.org is silent", "*************** is silent"},
		{"a host with its port", "at tuf.example.org:8443.", "at ********************."},
		{"an address", "https://tuf.example.org:8443/acme/metadata/x", "https://********************" + "*****/metadata/x"},
		{"another address", "https://other.example/metadata", "https://*************/metadata"},
		{"a folder", "open /srv/acme stuff/targets/a: no such file", "open ********* *************/a: no such file"},
		{"where a report was written", "the report is in /home/me/x.json", "the report is in ********/x.json"},
		{"an IPv6 address that was connected to", "[2001:db8::1]:8443 and 2001:db8::1", "******************" + " and ***********"},
		{"an address that nobody knows", "10.1.2.3: refused", "********: refused"},
		{"one with a port", "dial tcp 10.1.2.3:80: refused", "dial tcp ********:80: refused"},
		{"one behind a port", "x:443:10.1.2.3", "x:443:********"},
		{"two of them", "10.1.2.3, 10.1.2.4", "********, ********"},
		{"an IPv6 address that nobody knows", "dial tcp [fe80::1%eth0]:80", "dial tcp [*******%eth0]:80"},
		{"no address: a version", "releases/1.20.3/x", "releases/1.20.3/x"},
		{"no address: a time", "1:02:03 ago", "1:02:03 ago"},
		{"no address: a hash", "sha256:8a361d8bef4fcbe510cb", "sha256:8a361d8bef4fcbe510cb"},
		{"a name in a certificate", "certificate is for a.b, c.d and 2 more, not e", "certificate is for **** *** *** * ****, not e"},
		{"a proxy on the way", "Via: 1.1 proxy.corp (x)  Age: 1", "Via: 1.1 ********** (x)  Age: 1"},
		{"no proxy", "X-Cache: HIT  Age: 1", "X-Cache: HIT  Age: 1"},
		{"what is no host", "local db", "local db"},
		{"what was hidden", "*************** is silent", "*************** is silent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := k.of(tt.text); got != tt.want {
				t.Errorf("%q becomes\n%q, want\n%q", tt.text, got, tt.want)
			}
		})
	}
}

func FuzzMask(f *testing.F) {
	k := maskOf(&engine.State{Run: engine.RunStarted{Repository: "https://tuf.example.org/metadata"}}, nil, nil)
	for _, s := range []string{"tuf.example.org", "1.2.3.4:5", "::1", "Via: a.b  ", "certificate is for 画像, not x", "https://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := k.of(text)
		if strings.Contains(got, "tuf.example.org") {
			t.Errorf("%q becomes %q", text, got)
		}
		if again := k.of(got); widthOf(again) != widthOf(got) {
			t.Errorf("%q changes its width when it is hidden again: %q", got, again)
		}
	})
}

func BenchmarkPrivateFrame(b *testing.B) {
	s := newScene(b, look{theme: Dark}, 200, 60)
	s.probed()
	s.keys("P")
	for b.Loop() {
		s.m.dirty, s.m.mask = true, nil
		s.m.draw()
	}
}
