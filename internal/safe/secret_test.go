package safe

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
)

func TestAddressesAreShownWithoutWhatLetsSomebodyIn(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing to hide", "https://h/a%20b/c", "https://h/a%20b/c"},
		{"a port and an IPv6 address", "http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"},
		{"user and password", "https://user:secret@h/x", "https://xxxxx@h/x"},
		{"a token as the user", "https://secret@h/x", "https://xxxxx@h/x"},
		{"a signed query", "https://h/x?X-Amz-Signature=secret&X-Amz-Date=1", "https://h/x?xxxxx"},
		{"a query that is a token", "https://h/x?secret", "https://h/x?xxxxx"},
		{"an empty query", "https://h/x?", "https://h/x?"},
		{"a fragment", "https://h/x#access_token=secret", "https://h/x#xxxxx"},
		{"a relative address", "../x?sig=secret", "../x?xxxxx"},
		{"another host, the same scheme", "//user:secret@h/x", "//xxxxx@h/x"},
		{"a slash too many", "///user:secret@h/x", "/xxxxx"},
		{"a slash too many behind a scheme", "https:///user:secret@h/x", "https:///xxxxx"},
		{"a backslash", `/\user:secret@h/x`, "/xxxxx"},
		{"no slashes", "https:user:secret@h/x", "https:xxxxx"},
		{"no scheme", "user:secret@h/x", "xxxxx"},
		{"an at sign in a path", "https://h/@scope/a:b@1", "https://h/@scope/a:b@1"},
		{"an address that cannot be read", "https://user:secret@h:port/x", "an address that cannot be read"},
		{"control characters", "https://h/\x1b]52;secret", "an address that cannot be read"},
		{"a right-to-left override", "https://h/\u202ex", "https://h/%E2%80%AEx"},
		{"a folder's address", "file:///srv/repo", "file:///srv/repo"},
		{"nothing", "", ""},
	} {
		got := URL(c.in)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if again := URL(got); again != got {
			t.Errorf("%s: %q, and again %q", c.name, got, again)
		}
	}
}

func TestHeadersAreShownWhenTheyAreKnownToBeHarmless(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"Age", "12", "12"},
		{"ETag", `"x"`, `"x"`},
		{"etag", `"x"`, `"x"`},
		{"X-Cache", "HIT\x1b[2J", `HIT\u{1b}[2J`},
		{"Range", "bytes=5-", "bytes=5-"},
		{"Location", "https://user:secret@h/x?secret#secret", "https://xxxxx@h/x?xxxxx#xxxxx"},
		{"Authorization", "Bearer secret", Hidden},
		{"Proxy-Authorization", "Basic secret", Hidden},
		{"Cookie", "a=secret", Hidden},
		{"Set-Cookie", "a=secret", Hidden},
		{"X-Api-Key", "secret", Hidden},
		{"Link", "<https://h/?secret>", Hidden},
		{"Refresh", "0; url=https://h/?secret", Hidden},
		{"", "secret", Hidden},
	} {
		if got := Header(c.name, c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzURL looks for secrets that get through, wherever in an address they stand.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://h/x", "//h", "a/b", "https:h", "mailto:h", `\\h\x`, "https://[::1%25eth0]/", "HTTPS://h", "?", "#", "//[::%25\x80]"} {
		f.Add(s, "user", "q=")
	}
	const secret = "s3cr3t"
	f.Fuzz(func(t *testing.T, address, user, query string) {
		got := URL(address)
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q has %U", got, r)
			}
		}
		if again := URL(got); again != got && len(got) < WholeLen {
			t.Fatalf("%q: %q, and again %q", address, got, again)
		}
		u, err := url.Parse(address)
		if err != nil || strings.Contains(address+user+query, secret) {
			return
		}
		u.User, u.RawQuery, u.Fragment = url.UserPassword(user, secret), query+secret, secret
		if got := URL(u.String()); strings.Contains(got, secret) {
			t.Fatalf("%q is shown as %q", u.String(), got)
		}
	})
}
