package trust

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/word"
)

const (
	// maxProbes is how many target paths go-tuf's client is asked for, and probeWork
	// bounds them further, in delegations that a search may have to look at: go-tuf's
	// client verifies a role once more for nearly each of them, and the questions are
	// chosen on the owner's goroutine.
	maxProbes = 1000
	probeWork = 1 << 13
	// mostRepeated is the largest targets role, in bytes, that go-tuf's client verifies
	// once more where it decides about everything.
	mostRepeated = 256 << 10
	// linksAgain is how many links of the chain of roots go-tuf's client verifies once more.
	linksAgain = 4
	// clientWork is how many bytes of metadata go-tuf's client may verify, each counted
	// once for every key of its role.
	clientWork = 128 << 20
	// probeTime is how long it may look for targets, so that the end of a run does not
	// wait for what is only a sample.
	probeTime = time.Second
	// firstRefused is how many refused targets are named.
	firstRefused = 5
)

// ClientState is what a client would do today.
type ClientState uint8

const (
	// ClientUnknown: it could not be asked, or depends on more than is known.
	ClientUnknown ClientState = iota
	// ClientAccepts the top-level roles.
	ClientAccepts
	// ClientRefuses one of the top-level roles, and with it everything.
	ClientRefuses
	numClientStates
)

var clientStateNames = [numClientStates]string{"unknown", "accepts", "refuses"}

// String gives the word used in reports and on screen.
func (s ClientState) String() string {
	if s < numClientStates {
		return clientStateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText writes the word of [ClientState.String].
func (s ClientState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *ClientState) UnmarshalText(b []byte) error {
	return word.Read(s, clientStateNames[:], "state of a client", b)
}

// ClientVerdict is whether a client that starts from the same trusted root, and
// remembers nothing, would accept the repository. All texts are printable.
type ClientVerdict struct {
	Client  string `json:"client,omitzero"`
	Version string `json:"version,omitzero"`
	// Measured says that the client itself was asked; else the verdict is made by rules
	// from its sources, and acceptance means that none of them is against it.
	Measured bool        `json:"measured,omitzero"`
	State    ClientState `json:"state"`
	Role     string      `json:"role,omitzero"` // the first that it refuses, or that cannot be told; "" if it accepts
	Why      string      `json:"why,omitzero"`  // one line; "" if it accepts
	// Of the listed targets: how many there are, how many of them were asked for (of the
	// client, or of its rules for a search; none, if it has no such rules here), and how
	// many of those it refuses or does not find, the first of them by name. All of them
	// are refused when it refuses a top-level role.
	Listed  int      `json:"listed,omitzero"`
	Asked   int      `json:"asked,omitzero"`
	Refused int      `json:"refused,omitzero"`
	First   []string `json:"first,omitzero"`
	// Partly says why a target is refused although the top is accepted.
	Partly string `json:"partly,omitzero"`
	// Anew says that a role is refused for what is remembered of it, so that this goes
	// for clients that see the repository for the first time and not for others.
	Anew bool `json:"anew,omitzero"`
	// Holes says that a delegated role is not accepted under each of its delegators, or
	// could not be had: what a client makes of that depends on what it is asked for.
	Holes bool `json:"holes,omitzero"`
}

// serving is what a client gets for a file.
type serving struct {
	role   string // printable, with the version of a root
	data   []byte
	size   int64
	keys   int64
	status int    // in place of the data, unless 0
	lack   string // why it is not known what a client would get, or ""
}

// probe is a path that is asked for, and what is said of it here.
type probe struct {
	path     string
	target   *Target // the one that is found through accepted roles, or nil
	unproved bool    // what decides about it could not be had
}

// clientAsk is what the verdicts of clients are made from. Nothing in it changes.
type clientAsk struct {
	root    []byte
	current string // the newest root, printable
	rootErr string // why there is none to start from
	lowered bool   // top is refused for what is remembered, and go-tuf is asked without that
	files   map[string]serving
	probes  []probe
	listed  int
	top     string // the first top-level role that is not accepted, or ""
	hashed  bool   // some role delegates by hash prefixes
	many    bool   // there are more roles than go-tuf's client visits
	diamond bool
	flat    bool // all is accepted, and targets delegates to nobody
	holes   bool // a delegated role is not accepted, or could not be had
	climbs  bool // a role's name leads out of the client's folder
	rules   []ruled
	python  pythonFound // of the probes
}

// Clients prepares the verdicts of clients, once the walk is done; before that, ok is
// false. run may be called on any goroutine, once, and takes up to some seconds; its
// result goes to Apply. It is dropped if anything was delivered meanwhile. ruled are
// the verdicts for which no client has to be asked.
func (w *Walk) Clients() (run func() Result, ruled []ClientVerdict, ok bool) {
	if !w.Done() || w.roots.current == nil {
		return nil, nil, false
	}
	q := w.clientAsk()
	at, epoch := w.cfg.At, w.epoch
	ruled = q.ruled()
	for i := range ruled {
		ruled[i].Anew, ruled[i].Holes = q.lowered, q.holes
	}
	return func() Result {
		m := measured{q: q, at: at}
		m.ask()
		m.verdict.Anew, m.verdict.Holes = q.lowered, q.holes
		verdicts := append([]ClientVerdict{m.verdict}, ruled...)
		return Result{apply: func(w *Walk, s *Step) {
			if w.epoch != epoch {
				return
			}
			w.takeBack(s, aboutClients)
			for _, f := range m.differs {
				w.sayAll(s, aboutClients, f)
			}
			s.Clients = verdicts
		}}
	}, ruled, true
}

// clientAsk gathers what was kept. It copies no bytes.
func (w *Walk) clientAsk() *clientAsk {
	q := &clientAsk{files: map[string]serving{}, top: w.notAcceptedTop(), current: rootName(w.roots.current.Signed.Version),
		lowered: w.timestamp.lowered || w.snapshot.lowered}
	w.serveRoots(q)
	top := func(t *topFile, name string) {
		if !t.asked {
			return
		}
		s := serving{role: name, keys: 1, lack: w.role(t.role).lackOf()}
		if x := t.shown; x != nil && s.lack == "" {
			s.data, s.size = x.data, x.size
		}
		if w.role(t.role).State == Absent {
			s.status, s.lack = http.StatusNotFound, ""
		}
		if d, ok := w.rootDuty(name); ok {
			s.keys = int64(len(d.ids))
		}
		q.files[servedName(name, t.version)] = s
	}
	top(&w.timestamp, "timestamp")
	top(&w.snapshot, "snapshot")
	files := w.byNeed()
	edges := 1
	for _, f := range files {
		w.serveFile(q, f)
		edges += len(f.out)
	}
	q.many = len(files) > 32
	q.flat = q.top == "" && !q.lowered && len(files) == 1 && w.targets.content != nil && w.targets.content.delegations == nil
	w.chooseProbes(q, files, edges)
	q.rules, q.python = w.rules(q.probes)
	q.holes = slices.ContainsFunc(w.roles, func(r Role) bool {
		return r.Current && r.Parent != "" && r.Parent != "root" && r.State != Accepted
	})
	return q
}

// lackOf says why it is not known what a client would get for a role's file, or "".
func (r *Role) lackOf() string {
	switch r.State {
	case Unfetched:
		return "could not be fetched: " + r.Problem
	case Skipped:
		return r.Problem
	}
	return ""
}

// climbs tells whether go-tuf's client would look for the file of a role outside the
// folder that it is given.
func climbs(role string) bool {
	for i := range len(role) - 1 {
		if role[i] == '.' && role[i+1] == '.' {
			return true
		}
	}
	return false
}

// notAcceptedTop names the first top-level role that is not accepted, or "".
func (w *Walk) notAcceptedTop() string {
	if above := w.obstacleTop(belowSnapshot); !above.none() {
		return above.name
	}
	if w.targets == nil || !w.targets.accepted {
		return "targets"
	}
	return ""
}

// chooseProbes takes paths from all roles in turn.
func (w *Walk) chooseProbes(q *clientAsk, files []*file, edges int) {
	n := min(maxProbes, max(10, probeWork/edges))
	seen := map[string]bool{}
	for round := 0; n > 0; round++ {
		any := false
		for _, f := range files {
			if f.content == nil || round >= len(f.content.targets) || n == 0 {
				continue
			}
			any = true
			// Spread over the role: its first, its last, and between them.
			list := f.content.targets
			i := round / 2
			if round%2 == 1 {
				i = len(list) - 1 - i
			}
			t := &list[i]
			if seen[t.Path] {
				continue
			}
			seen[t.Path] = true
			n--
			q.probes = append(q.probes, w.probe(t.Path, f.name))
		}
		if !any {
			return
		}
	}
}

// probe says what a client would find under a path.
func (w *Walk) probe(path, in string) probe {
	p := probe{path: path}
	switch r := w.Reach(in, path); r.State {
	case Found:
		p.target = w.files[in].content.target(path)
	case Shadowed:
		f := w.files[r.By]
		if p.unproved = f == nil || f.content == nil; !p.unproved { // else its name is not printable
			p.target = f.content.target(path)
		}
	case Broken:
		p.unproved = r.Unproved
	}
	return p
}

// aboutClients is the topic of what clients make of the repository.
const aboutClients = "verdicts of clients"

// differs is the finding that go-tuf's own client comes to another verdict.
func differs(subject, format string, args ...any) finding.Finding {
	return finding.New(finding.VerdictDiffers, subject, format, args...)
}

// Unasked are the verdicts when go-tuf's client could not be asked.
func Unasked(why string, ruled []ClientVerdict) []ClientVerdict {
	v := ClientVerdict{Client: finding.GoTUF.String(), Version: finding.GoTUF.Version(), Measured: true, Why: why}
	for i := range ruled {
		v.Listed = ruled[i].Listed
	}
	return append([]ClientVerdict{v}, ruled...)
}
