package fetch

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"example.com/tufinspect/internal/safe"
)

// Answer is what the header of one answer says of the way that it came, beside what
// [Response] has. It is meant to be looked at once: a Response is kept for each
// attempt, and an Answer need not be. Texts are printable.
type Answer struct {
	Status int
	// Host answered, as in the address that was asked, with the port if that has one;
	// To is the host that this answer redirects to, or "".
	Host, To string
	// Asked is when the request was begun, Came when the header was there, and Date
	// what the server says (RFC 9110, 6.6.1); zero if it says nothing readable.
	Asked, Came, Date time.Time
	// Aged says that there is an Age header: the answer comes from a cache, which has
	// had it for so long.
	Aged bool
	Age  time.Duration
	// Kept is for how long a shared cache may answer with this in place of the server,
	// by what the answer says of itself (RFC 9111, 4.2.1); 0 when it says nothing of it.
	Kept time.Duration
	// Encoding is the Content-Encoding, or "" if there is none or it means nothing.
	Encoding string
	// Whole is how long the whole file is by this answer, or negative.
	Whole int64
	// NoLength says that the length of the body is not announced.
	NoLength bool
}

// AnswerTrace is a Trace that wants to know more of the answers. Answered comes
// directly after Respond, for each hop of a redirect too. Folders have no answers.
type AnswerTrace interface {
	Trace
	Answered(Answer)
}

// maxKept bounds what is believed of a cache's time: beyond it a number means "as
// long as you like" (RFC 9111, 1.2.2).
const maxKept = 1 << 31 * time.Second

// tellAnswer reads an answer to a request for a, which was begun at the moment asked.
func tellAnswer(a *http.Request, resp *http.Response, asked time.Time, known *dates) Answer {
	h := resp.Header
	t := Answer{
		Status: resp.StatusCode, Host: hostOf(a.URL), Asked: asked, Came: time.Now(),
		Whole: -1, NoLength: resp.ContentLength < 0, Encoding: encoding(h),
	}
	t.Date = known.parse(h.Get("Date"))
	if age, ok := seconds(h.Get("Age")); ok {
		t.Aged, t.Age = true, age
	}
	t.Kept = kept(h, t.Date, t.Came, a.Header.Get("Authorization") != "")
	switch resp.StatusCode {
	case http.StatusOK:
		t.Whole = resp.ContentLength
	case http.StatusPartialContent:
		if _, _, total, ok := parseContentRange(h.Get("Content-Range")); ok {
			t.Whole = total
		}
	}
	if redirects(resp) {
		if to, err := a.URL.Parse(h.Get("Location")); err == nil {
			t.To = hostOf(to)
		}
	}
	return t
}

// dates reads the Date of answers. Many of them come in the same second, so the latest
// is kept. It is safe for all.
type dates struct{ latest atomic.Pointer[dated] }

type dated struct {
	text string
	at   time.Time
}

// parse gives the zero time for what cannot be read.
func (d *dates) parse(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	if l := d.latest.Load(); l != nil && l.text == text {
		return l.at
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return time.Time{}
	}
	d.latest.Store(&dated{text, at})
	return at
}

func hostOf(u *url.URL) string { return safe.Text(strings.ToLower(u.Host)) }

// kept gives for how long a shared cache may answer with this without asking the
// server, by Cache-Control, or else Expires. Where two statements contradict each
// other, the shorter time counts.
func kept(h http.Header, date, came time.Time, authorized bool) time.Duration {
	if h.Get("Vary") == "*" {
		return 0
	}
	life, shared, public := time.Duration(-1), time.Duration(-1), false
	shorter := func(d *time.Duration, value string) {
		n, ok := seconds(value)
		if !ok {
			n = 0 // a time that cannot be read counts as over
		}
		if *d < 0 || n < *d {
			*d = n
		}
	}
	for _, part := range directives(h["Cache-Control"]) {
		name, value, _ := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-store", "no-cache", "private":
			return 0
		case "max-age":
			shorter(&life, value)
		case "s-maxage":
			shorter(&shared, value)
		case "public", "must-revalidate":
			public = true
		}
	}
	switch {
	case authorized && !public && shared < 0:
		return 0 // RFC 9111, 3.5
	case shared >= 0:
		return shared
	case life >= 0:
		return life
	}
	said := h.Get("Expires")
	if said == "" {
		return 0
	}
	expires, err := http.ParseTime(said)
	if err != nil {
		return 0
	}
	if date.IsZero() {
		date = came
	}
	return min(max(0, expires.Sub(date)), maxKept)
}

// directives takes the values of a Cache-Control header apart, at the commas that
// stand outside of quotes.
func directives(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	quoted := false
	return strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

// seconds reads a number of seconds as caches do (RFC 9111, 1.2.2).
func seconds(s string) (time.Duration, bool) {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(maxKept/time.Second) {
		return maxKept, true
	}
	return time.Duration(n) * time.Second, true
}

// encoding gives the Content-Encoding of an answer, or "" if it changes nothing.
func encoding(h http.Header) string {
	values := h["Content-Encoding"]
	if len(values) == 0 {
		return ""
	}
	s := strings.TrimSpace(strings.Join(values, ", "))
	if strings.EqualFold(s, "identity") {
		return ""
	}
	return safe.Text(s)
}

// decoded tells whether there are clients that change the bytes of a body with this
// encoding before they compare them: go-tuf's decodes gzip, python-tuf's all that its
// library knows, and tough's nothing. What such a body is to a client depends on the
// client. Other words ("aws-chunked", "utf-8", "none") change no byte anywhere, and
// the bytes are verified as they came.
func decoded(encoding string) bool {
	for _, coding := range strings.Split(encoding, ",") {
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip":
			return true
		}
	}
	return false
}
