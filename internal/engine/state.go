package engine

import (
	"net/http"
	"slices"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// State is a run as its events have made it. Screen, plain lines and report all
// fold the same events with [State.Apply] and read the result; nothing else
// writes to it. The zero value is a run that has not started.
type State struct {
	Run      RunStarted
	Anchor   AnchorChosen
	Changes  trust.Changes // since the run that is remembered; without Since nothing is known of that
	Now      time.Duration // At of the latest event
	Items    Blocks[Item]  // by ItemID
	Roles    []trust.Role  // by RoleID
	Notes    Notes
	Clients  []trust.ClientVerdict // whether clients would accept the repository; nil until they were asked
	Faults   []InspectorFault
	Stuck    []InspectorStuck          // parts of this program that stand still now
	Hosts    []HostChanged             // in the order in which they were first seen
	Breakers []BreakerChanged          // likewise, of hosts whose queue was ever held
	Probes   map[ItemID]*Investigation // the latest of each item
	Queue    QueueChanged
	Counts   [NumStates]int // items of all kinds by state; adds up to len(Items)
	Targets  Totals
	Metadata int  // items of kind Metadata
	Settled  bool // nothing is left to do
	// SettledAt is when the run settled last, or ended without that. What happens
	// behind it while Settled is true, such as a screen that stands open, does not
	// belong to how long the run has taken.
	SettledAt time.Duration
	Finished  bool // the last event has come
	Why       string
	// Violations counts events that broke the protocol and were ignored. It stays
	// 0 in a correct program.
	Violations int

	ended Verdict           // of the last event
	words map[string]string // see State.word
	spare spare
}

// Totals count target files, each together with its copies: a target is in the
// worst state of its group.
type Totals struct {
	Total   int
	ByState [NumStates]int
	Bytes   int64 // signed lengths of all target files and copies
	Done    int64 // of them, bytes of ended and running items
}

// Ended is how many targets have ended, well or not.
func (t *Totals) Ended() int {
	n := 0
	for s := Verified; s < numStates; s++ {
		n += t.ByState[s]
	}
	return n
}

// Item gives the item, or nil if there is none with this id.
func (s *State) Item(id ItemID) *Item {
	if int(id) >= s.Items.Len() {
		return nil
	}
	return s.Items.At(int(id))
}

// Role gives the role, or nil if there is none with this id.
func (s *State) Role(id trust.RoleID) *trust.Role {
	if int(id) >= len(s.Roles) {
		return nil
	}
	return &s.Roles[id]
}

// Verdict is the worst of all findings, problems and faults so far, and at least
// what the run itself said at its end. Before the run has settled it is what is
// known up to now.
func (s *State) Verdict() Verdict {
	worst := finding.Info
	for n := range s.Notes.All() {
		worst = max(worst, n.Finding.Severity)
	}
	if len(s.Faults) > 0 {
		worst = max(worst, finding.Unknown)
	}
	for i := range s.Items.Len() {
		if worst == finding.Critical {
			break
		}
		it := s.Items.At(i)
		switch it.State {
		case Failed, Untrusted, Cancelled:
			if it.Problem != nil {
				worst = max(worst, it.Problem.Severity())
			} else {
				worst = max(worst, finding.Unknown)
			}
		case Verified, Skipped:
		default:
			if s.Finished {
				worst = max(worst, finding.Unknown)
			}
		}
	}
	return max(verdictOf(worst), s.ended)
}

// Took is how long the run has taken: until it settled, or until now.
func (s *State) Took() time.Duration {
	if s.Settled {
		return s.SettledAt
	}
	return s.Now
}

// Apply folds one event. It never panics, whatever the order of events; one that
// does not fit is counted in Violations and changes nothing else.
func (s *State) Apply(e Event) {
	s.Now = max(s.Now, e.At)
	switch b := e.Body.(type) {
	case RunStarted:
		s.Run = b
		s.Queue.Workers, s.Queue.Auto = b.Workers, b.Auto
	case LayoutFound:
		s.Run.MetadataURL, s.Run.TargetsURL = b.MetadataURL, b.TargetsURL
	case AnchorChosen:
		s.Anchor = b
	case Compared:
		s.Changes = b.Changes
	case RoleChanged:
		s.applyRole(b.Role)
	case ItemsFound:
		s.applyItems(b.Items, e.At)
	case ItemBound:
		if it := s.Item(b.Item); it != nil && it.Kind == Metadata {
			it.Role = b.Role
		} else {
			s.Violations++
		}
	case StateChanged:
		s.applyState(b, e.At)
	case Progress:
		if it := s.running(b.Item, b.Attempt); it != nil {
			s.setDone(it, b.Done)
			it.Rate = b.Rate
		}
	case PhasesEntered:
		s.applyPhases(b)
	case Redirected:
		s.applyHop(b)
	case Responded:
		if a := s.attempt(b.Item, b.Attempt); a != nil {
			r := b.Response
			r.Protocol, r.TLS, r.Validator = s.word(r.Protocol), s.word(r.TLS), ""
			a.Response = &r
			if r.Status == http.StatusOK {
				a.From = 0 // the whole file comes, whatever was asked for
			}
		}
	case Diagnosed:
		// It may come behind the end of what it was about: a slow attempt is not a
		// stalled one, and the other way round.
		it := s.running(b.Item, b.Attempt)
		switch {
		case it == nil:
		case it.State == Stalled, b.Cause == fetch.SlowDrip:
			it.Cause = &b
		case b.Cause == fetch.NoCause:
			it.Cause = nil // it is not slow any more
		}
	case FindingRaised:
		s.Notes.apply(b)
	case ClientsJudged:
		s.Clients = b.Verdicts
	case HostChanged:
		s.applyHost(b)
	case BreakerChanged:
		s.applyBreaker(b)
	case ProbeBegan, Probed, ProbeEnded:
		s.applyProbe(b, e.At)
	case QueueChanged:
		s.Queue = b
		if b.StallAfter > 0 {
			s.Run.Limits.StallAfter = b.StallAfter
		}
	case InspectorFault:
		s.Faults = append(s.Faults, b)
	case InspectorStuck:
		s.applyStuck(b)
	case RunSettled:
		s.Settled, s.SettledAt = true, e.At
	case RunFinished:
		if !s.Settled {
			s.SettledAt = e.At
		}
		s.Finished, s.Settled, s.Why, s.ended = true, true, b.Why, b.Verdict
	case Rewound:
		if b.To == 0 { // else whoever has kept the state of then puts it back
			*s = State{}
		}
	case Noted, CommandDone, RoleRead, Played, Marked:
		// For those who show them or who asked; the run's state does not depend on them.
	default:
		s.Violations++
	}
}

func (s *State) applyRole(r trust.Role) {
	switch {
	case int(r.ID) < len(s.Roles):
		s.Roles[r.ID] = r
	case int(r.ID) == len(s.Roles):
		s.Roles = append(s.Roles, r)
	default:
		s.Violations++
	}
}

// maxHosts is how many hosts and addresses are told apart. A server may send clients to any
// number of them.
const maxHosts = 1024

func (s *State) applyHost(b HostChanged) {
	for i := range s.Hosts {
		if h := &s.Hosts[i]; h.Host == b.Host && h.Behind == b.Behind && h.Address == b.Address {
			s.Hosts[i] = b
			return
		}
	}
	if len(s.Hosts) < maxHosts {
		s.Hosts = append(s.Hosts, b)
	}
}

func (s *State) applyBreaker(b BreakerChanged) {
	for i := range s.Breakers {
		if s.Breakers[i].Host == b.Host {
			s.Breakers[i] = b
			return
		}
	}
	if len(s.Breakers) < maxHosts {
		s.Breakers = append(s.Breakers, b)
	}
}

// maxStuck is how many parts that stand still are told apart. This program has some tens; a
// recording may name any number.
const maxStuck = 1024

func (s *State) applyStuck(b InspectorStuck) {
	s.Stuck = slices.DeleteFunc(s.Stuck, func(other InspectorStuck) bool { return other.Part == b.Part })
	if !b.Over && len(s.Stuck) < maxStuck {
		s.Stuck = append(s.Stuck, b)
	}
}

func (s *State) applyProbe(b Body, at time.Duration) {
	var id ItemID
	switch b := b.(type) {
	case ProbeBegan:
		if s.Item(b.Item) == nil {
			s.Violations++
			return
		}
		if s.Probes == nil {
			s.Probes = map[ItemID]*Investigation{}
		}
		s.Probes[b.Item] = &Investigation{Began: at}
		return
	case Probed:
		id = b.Item
	case ProbeEnded:
		id = b.Item
	}
	p := s.Probes[id]
	if p == nil || p.Ended > 0 {
		s.Violations++
		return
	}
	switch b := b.(type) {
	case Probed:
		p.Steps = append(p.Steps, b.Step)
	case ProbeEnded:
		p.Text, p.Ended = b.Text, max(at, 1)
	}
}
