package har

import (
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// entry makes the text of one entry after the other in the same room.
type entry struct {
	draft
	names []string // room for the names of headers
	lists lists
}

// exchange makes the entry of one request.
func (e *entry) exchange(st *engine.State, x *exchange) {
	t := timingsOf(x.marks, x.started, x.end)
	e.raw("\n{\"pageref\":\"" + page + `","startedDateTime":`)
	e.date(st, x.started)
	e.raw(`,"time":`)
	e.micros(t.sum())
	e.request(x)
	e.response(x)
	e.raw(`,"cache":{}`)
	e.timings(&t)
	if peer, err := netip.ParseAddrPort(x.address); err == nil {
		e.raw(`,"serverIPAddress":`)
		e.text(peer.Addr().Unmap().WithZone("").String())
		e.raw(`,"connection":"`) // browsers take it for the port, and show 80 without it
		e.int(int64(peer.Port()))
		e.raw(`"`)
	}
	e.browser(x)
	e.own(x, &t)
	e.raw("}")
}

// request makes the part about the request. Of the headers there are those that every
// request of this program has and that follow from the attempt.
func (e *entry) request(x *exchange) {
	e.raw(`,"request":{"method":"GET","url":`)
	e.text(x.url)
	e.raw(`,"httpVersion":`)
	e.text(protocol(x.response))
	e.raw(`,"cookies":[],"headers":[`)
	if !isFile(x.url) {
		e.header("Accept-Encoding", "identity")
		if x.a.From > 0 {
			e.raw(`,{"name":"Range","value":"bytes=`)
			e.int(x.a.From)
			e.raw(`-"}`)
		}
	}
	e.raw(`],"queryString":[],"headersSize":-1,"bodySize":0}`)
}

// response makes the part about the answer. Without one there is the status 0 and the
// reason as "_error", which is where browsers have it.
func (e *entry) response(x *exchange) {
	status, words := 0, ""
	if r := x.response; r != nil {
		status, words = r.Status, http.StatusText(r.Status)
		if r.Protocol == fileProtocol {
			status, words = http.StatusOK, "read from a folder"
		}
	}
	failed, fault, came := "", (*engine.Problem)(nil), int64(0)
	if x.final {
		failed, fault, came = broken(x.it, x.a, x.latest, status), x.a.Problem, x.came()
	}
	e.raw(`,"response":{"status":`)
	e.int(int64(status))
	e.raw(`,"statusText":`)
	e.text(told(words, failed, status, fault))
	e.raw(`,"httpVersion":`)
	e.text(protocol(x.response))
	e.raw(`,"cookies":[],"headers":[`)
	redirect := ""
	if r := x.response; r != nil {
		e.headers(r)
		if status >= 300 && status < 400 {
			redirect = r.Header["Location"]
		}
	}
	e.raw(`],"content":{"size":`)
	e.int(came)
	e.raw(`,"mimeType":`)
	if x.it.Kind == engine.Metadata {
		e.raw(`"application/json"`)
	} else {
		e.raw(`"application/octet-stream"`)
	}
	e.raw(`},"redirectURL":`)
	e.text(redirect)
	e.raw(`,"headersSize":-1,"bodySize":`)
	if status == http.StatusOK || status == http.StatusPartialContent {
		e.int(came)
		e.raw(`,"_transferSize":`) // else a browser adds up both sizes, and so counts a byte less
		e.int(came)
	} else {
		e.raw("-1") // what a refusal says is not read
	}
	e.optional(`,"_error":`, failed)
	e.raw("}")
}

// broken says why an attempt got no answer or not all of one; "" if it did. A file that
// came and is not the right one is no fault of the request. A redirect is no answer if
// nothing came from where it leads to.
func broken(it *engine.Item, a *engine.Attempt, latest bool, status int) string {
	whole := a.Response != nil && len(a.Marks) > 0 && a.Marks[len(a.Marks)-1].Phase == fetch.Verify
	switch {
	case whole, status >= 400:
		return ""
	case a.Problem != nil:
		return a.Problem.Text
	case a.Ended == 0:
		return "still under way when this was written"
	case a.Response != nil:
		return ""
	case latest && it.Reason != "":
		return it.Reason
	}
	return "ended without an answer"
}

// headers lists what is known of an answer's header, by name.
func (e *entry) headers(r *fetch.Response) {
	e.names = slices.AppendSeq(e.names[:0], maps.Keys(r.Header))
	slices.Sort(e.names)
	for i, name := range e.names {
		if i > 0 {
			e.raw(",")
		}
		e.header(name, r.Header[name])
	}
	if r.Length < 0 || r.Protocol == fileProtocol {
		return
	}
	if len(e.names) > 0 {
		e.raw(",")
	}
	e.raw(`{"name":"Content-Length","value":"`)
	e.int(r.Length)
	e.raw(`"}`)
}

func (e *entry) header(name, value string) {
	e.raw(`{"name":`)
	e.text(name)
	e.raw(`,"value":`)
	e.text(value)
	e.raw("}")
}

// own makes the part that the format has no fields for.
func (e *entry) own(x *exchange, t *timings) {
	it, a := x.it, x.a
	e.raw(`,"_tufinspect":{"item":`)
	e.int(int64(it.ID))
	e.raw(`,"kind":`)
	e.text(it.Kind.String())
	e.raw(`,"path":`)
	e.text(it.Path)
	e.optional(`,"role":`, it.RoleName)
	e.optional(`,"under":`, it.Under)
	e.raw(`,"attempt":`)
	e.int(int64(a.N))
	if x.k > 0 {
		e.raw(`,"hop":`)
		e.int(int64(x.k))
	}
	e.raw(`,"verdict":`)
	e.text(x.verdict())
	if p := a.Problem; p != nil && x.final {
		e.raw(`,"problem":{"kind":`)
		e.text(string(p.Kind))
		e.raw(`,"text":`)
		e.text(p.Text)
		e.optional(`,"hint":`, p.Hint)
		e.raw("}")
	}
	if it.Length >= 0 {
		e.raw(`,"length":`)
		e.int(it.Length)
	}
	if a.From > 0 {
		e.raw(`,"resumedFrom":`)
		e.int(a.From)
	}
	if x.reused {
		e.raw(`,"reused":true`)
	}
	if x.response != nil {
		e.optional(`,"tls":`, x.response.TLS)
	}
	if t.verify != none {
		e.raw(`,"verify":`)
		e.micros(t.verify)
	}
	e.silences(x)
	if c := it.Cause; c != nil && x.latest && x.final && c.Cause != fetch.NoCause {
		e.raw(`,"diagnosis":{"cause":`)
		e.text(c.Cause.String())
		e.raw(`,"text":`)
		e.text(c.Label)
		e.raw(`,"certainty":`)
		e.text(c.Certainty.String())
		e.raw("}")
	}
	e.raw("}")
}

// silences lists when an attempt was silent in a request, in milliseconds since that began.
func (e *entry) silences(x *exchange) {
	some := false
	for _, s := range x.a.Silent {
		if x.k > 0 && s.Until > 0 && s.Until <= x.started || !x.final && s.From >= x.end {
			continue // in another one
		}
		if some {
			e.raw(",")
		} else {
			e.raw(`,"silent":[`)
		}
		some = true
		e.raw(`{"from":`)
		e.millis(max(s.From, x.started) - x.started)
		if until := s.Until; until > 0 { // else to the end
			e.raw(`,"until":`)
			e.millis(until - x.started)
		}
		e.raw("}")
	}
	if some {
		e.raw("]")
	}
}

// fileProtocol is what fetch calls the way from a folder.
const fileProtocol = "file"

// protocol gives the version of HTTP that was spoken, as far as it is known.
func protocol(r *fetch.Response) string {
	if r == nil || r.Protocol == "" {
		return "unknown"
	}
	return r.Protocol
}

// date writes a moment of the run.
func (e *entry) date(st *engine.State, at time.Duration) {
	e.b = append(e.b, '"')
	e.b = st.Run.Started.Add(at).UTC().AppendFormat(e.b, "2006-01-02T15:04:05.000Z")
	e.b = append(e.b, '"')
}
