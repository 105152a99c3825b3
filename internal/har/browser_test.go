package har

import (
	"fmt"
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// TestTheWordsBesideTheStatusSayWhatIsWrong, because a browser shows no other.
// A recording may bring any text for where a redirect has led.
func TestWhatIsNoAddressIsNotGivenAsOne(t *testing.T) {
	for text, want := range map[string]string{
		"javascript:alert(1)": nowhere, "file:///etc/passwd": nowhere, "foo": nowhere, "": nowhere, "http://": nowhere, "https:///x": nowhere,
		"http://h/x": "http://h/x", "https://h:81/a?b#c": "https://h:81/a?xxxxx#xxxxx",
	} {
		if got := shown(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestTheWordsBesideTheStatusSayWhatIsWrong(t *testing.T) {
	a, _ := checked(t, everything())
	said := map[string]string{}
	for _, e := range a.Log.Entries {
		said[fmt.Sprint(e.Own.Path, " ", e.Own.Attempt)] = fmt.Sprint(e.Response.Status, " ", e.Response.StatusText)
		if e.Response.BodySize > 0 && e.Response.Transfer != e.Response.BodySize {
			t.Errorf("%s: %d bytes came, and a browser shows %d", e.Own.Path, e.Response.BodySize, e.Response.Transfer)
		}
	}
	for entry, want := range map[string]string{
		"timestamp.json 1": "200 OK",
		"mute 1":           "0 no first byte for 6s",
		"reset 1":          "0 connection reset by peer",
		"missing 1":        "404 Not Found",
		"away 1":           "302 a redirect from https to http",
		"bad 1":            "200 sha256 differs from the signed hash",
		"open 1":           "200 still under way when this was written",
	} {
		if got := said[entry]; got != want {
			t.Errorf("%s: %q, want %q", entry, got, want)
		}
	}
}

// TestARedirectThatLeadsToSilenceIsAFault, and not the answer that it was.
func TestARedirectThatLeadsToSilenceIsAFault(t *testing.T) {
	s := newStory()
	id := s.item(engine.Target, "moved", "https://h/moved", 10)
	s.move(id, engine.Connecting, 0, nil)
	s.phases(id, peer, false, fetch.Pool, fetch.Send, fetch.Headers)
	s.answer(id, fetch.Response{Status: 302, Protocol: "HTTP/1.1", Header: map[string]string{"Location": "https://mirror/moved"}})
	const text = "no TLS hello for 5s, behind a redirect to mirror"
	s.move(id, engine.Failed, 0, problem(finding.Stalled, text))
	a, _ := checked(t, &s.st)
	if r := a.Log.Entries[0].Response; r.Error != text || r.StatusText != text {
		t.Errorf("%+v", r)
	}
}

// TestAnEntrySaysWhichFileListsIt: a target the one of its role, a delegated role the one
// of its delegator, and the top-level roles none.
func TestAnEntrySaysWhichFileListsIt(t *testing.T) {
	s := newStory()
	for i, r := range []trust.Role{
		{Name: "root"}, {Name: "targets", Parent: "root"}, {Name: "a/b", Parent: "targets", ParentID: 1}, {Name: "lost", Parent: "gone"},
	} {
		r.ID = trust.RoleID(i)
		s.say(engine.RoleChanged{Role: r})
	}
	file := func(kind engine.Kind, role trust.RoleID, name, path, url string, end engine.ItemState) {
		id := engine.ItemID(s.st.Items.Len())
		s.say(engine.ItemsFound{Items: []engine.ItemSpec{{ID: id, Of: id, Kind: kind, Path: path, Role: role, RoleName: name, Length: -1, Site: engine.SiteOf(url)}}})
		s.move(id, engine.Connecting, 0, nil)
		s.phases(id, peer, true, fetch.Pool, fetch.Send, fetch.Headers, fetch.Body, fetch.Verify)
		s.answer(id, fetch.Response{Status: 200, Protocol: "HTTP/1.1", Length: 10})
		if end == engine.Verified {
			s.move(id, end, 10, nil)
		} else {
			s.move(id, end, 10, problem(finding.WrongHash, "x"))
		}
	}
	const base = "https://h/"
	file(engine.Metadata, 0, "root", "2.root.json", base+"2.root.json", engine.Verified)
	file(engine.Metadata, 1, "targets", "7.targets.json", base+"7.targets.json", engine.Failed)
	file(engine.Metadata, 1, "targets", "8.targets.json", base+"8.targets.json", engine.Verified)
	file(engine.Metadata, 1, "targets", "9.targets.json", base+"9.targets.json", engine.Failed)
	file(engine.Metadata, 2, "a/b", "1.a/b.json", base+"1.a%2Fb.json", engine.Verified)
	file(engine.Metadata, 3, "lost", "1.lost.json", base+"1.lost.json", engine.Verified)
	file(engine.Target, 2, "a/b", "cli.js", base+"targets/cli.js", engine.Verified)
	file(engine.Target, 9, "unknown", "x", base+"targets/x", engine.Verified)
	a, _ := checked(t, &s.st)
	got := ""
	for _, e := range a.Log.Entries {
		got += fmt.Sprintf("%s %s %s %q\n", e.Own.Path, e.Type, e.Connection, e.Initiator.URL)
	}
	const want = `2.root.json fetch 443 ""
7.targets.json fetch 443 ""
8.targets.json fetch 443 ""
9.targets.json fetch 443 ""
1.a/b.json fetch 443 "https://h/8.targets.json"
1.lost.json fetch 443 ""
cli.js other 443 "https://h/1.a%2Fb.json"
x other 443 ""
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
