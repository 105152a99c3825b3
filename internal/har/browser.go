package har

import "example.com/tufinspect/internal/engine"

// browser makes what the developer tools of Chrome read besides the format: without it,
// the first entry is a document to them, and whatever ends in .json a script. Metadata is
// what they call fetched, so that one button separates it from the files that it lists.
// The file that lists another is its initiator; that of a request behind a redirect is what
// has led there.
func (e *entry) browser(x *exchange) {
	it := x.it
	if it.Kind == engine.Metadata {
		e.raw(`,"_resourceType":"fetch"`)
	} else {
		e.raw(`,"_resourceType":"other"`)
	}
	by := e.lists.by(&it.ItemSpec)
	switch {
	case x.k == 1:
		by = address(&it.ItemSpec)
	case x.k > 1:
		by = shown(x.a.Hops[x.k-2].URL)
	}
	if by != "" {
		e.raw(`,"_initiator":{"type":"parser","url":`)
		e.text(by)
		e.raw("}")
	}
}

// told gives the words beside the status. Developer tools do not read "_error", and show
// these words instead where there is no status, and with it where there is one: so they
// say what is wrong, unless the status itself does.
func told(words, failed string, status int, p *engine.Problem) string {
	switch {
	case failed != "":
		return failed
	case p != nil && status < 400:
		return p.Text
	}
	return words
}

// lists tells which files list others.
type lists struct {
	st    *engine.State
	files map[string]string // the address of the metadata file of a role, by its name
}

// listsOf looks through the metadata of a run. Of several files of a role the verified
// one counts, else the latest.
func listsOf(st *engine.State) lists {
	l := lists{st, map[string]string{}}
	good := map[string]bool{}
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		if it.Kind != engine.Metadata || it.Tries() == 0 || good[it.RoleName] {
			continue
		}
		if at := address(&it.ItemSpec); at != nowhere {
			l.files[it.RoleName] = at
			good[it.RoleName] = it.State == engine.Verified
		}
	}
	return l
}

// by gives the address of the metadata file that lists an item; "" if that is not known,
// and for the files of the top-level roles, which are asked for in any case.
func (l *lists) by(it *engine.ItemSpec) string {
	if it.Kind != engine.Metadata {
		return l.files[it.RoleName]
	}
	if l.st == nil {
		return ""
	}
	r := l.st.Role(it.Role)
	if r == nil || r.Name != it.RoleName || r.Parent == rootRole {
		return ""
	}
	return l.files[r.Parent]
}

// rootRole is the name of the role that delegates to the top-level ones.
const rootRole = "root"
