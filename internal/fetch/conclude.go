package fetch

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// conclude puts the table of an investigation into one sentence. It is a pure
// function. other says that another file was to be asked for.
func conclude(steps []Step, other bool) string {
	t := table(steps)
	for _, try := range []func() string{t.disk, t.resolving, t.connecting, t.addresses, t.protocols, t.handshakes, func() string { return t.silent(other) }, t.parts, t.refusals} {
		if text := try(); text != "" {
			return text
		}
	}
	if asked := t.of(CheckFirstByte, CheckLarge, CheckFresh); len(asked) > 0 {
		return "everything answers now, the slowest in " + quick(slowest(asked)) + ": a silence has passed, or belongs to one connection"
	}
	return "nothing could be asked"
}

// table is the steps of an investigation.
type table []Step

// of gives the steps of some checks that were carried through.
func (t table) of(checks ...Check) table {
	var some table
	for _, s := range t {
		if slices.Contains(checks, s.Check) && s.Result != Dropped {
			some = append(some, s)
		}
	}
	return some
}

// with gives the steps that ended in one way.
func (t table) with(r StepResult) table {
	return slices.DeleteFunc(slices.Clone(t), func(s Step) bool { return s.Result != r })
}

// all tells whether there are steps, and all ended in one way.
func (t table) all(r StepResult) bool { return len(t) > 0 && len(t.with(r)) == len(t) }

// at gives the steps of one address.
func (t table) at(address string) table {
	return slices.DeleteFunc(slices.Clone(t), func(s Step) bool { return s.Address != address })
}

// over gives the steps of one protocol.
func (t table) over(protocol string) table {
	return slices.DeleteFunc(slices.Clone(t), func(s Step) bool { return s.Protocol != protocol })
}

// places gives the addresses in the order of their steps.
func (t table) places() []string {
	var all []string
	for _, s := range t {
		if s.Address != "" && !slices.Contains(all, s.Address) {
			all = append(all, s.Address)
		}
	}
	return all
}

// outcomes tells the different outcomes, at most three.
func (t table) outcomes() string {
	var all []string
	for _, s := range t {
		if !slices.Contains(all, s.Outcome) {
			all = append(all, s.Outcome)
		}
	}
	if len(all) > 3 {
		all = append(all[:3], "…")
	}
	return strings.Join(all, "; ")
}

// answers tells whether nothing is wrong. That a host has no address of one kind is
// not.
func (t table) answers() bool {
	asked := t.of(CheckFirstByte, CheckOpen)
	for _, s := range t {
		if s.Check != CheckResolve && s.Check != CheckOther && s.Result != Passed {
			return false
		}
	}
	return len(asked) > 0
}

func (t table) disk() string {
	switch open := t.of(CheckOpen); {
	case len(open) == 0:
		return ""
	case open.all(Passed):
		return "the file can be opened and read now, in " + quick(slowest(open))
	case open.all(Silent):
		return "the disk does not answer: a network mount whose server is gone looks like this"
	default:
		return "the file cannot be read: " + open.outcomes()
	}
}

func (t table) resolving() string {
	asked := t.of(CheckResolve)
	switch {
	case len(asked) == 0 || len(asked.with(Passed)) > 0:
		return ""
	case len(asked.with(Silent)) > 0:
		return "the resolver does not answer"
	}
	return "the host has no address: " + asked.outcomes()
}

func (t table) connecting() string {
	dialled := t.of(CheckConnect)
	where := who(dialled.places())
	switch {
	case len(dialled) == 0 || len(dialled.with(Passed)) > 0:
		return ""
	case dialled.all(Silent):
		return where + " leaves connection attempts unanswered"
	case dialled.all(Refused):
		return where + " takes no connection: " + dialled.outcomes()
	}
	return "no address takes a connection: some refuse, others stay silent"
}

// addresses compares the addresses, if there are several.
func (t table) addresses() string {
	var silent, refusing, good []string
	var longest time.Duration
	for _, address := range t.of(CheckConnect).places() {
		way := t.of(CheckConnect, CheckHandshake).at(address)
		asked := t.of(CheckFirstByte).at(address)
		switch {
		case len(way.with(Silent)) > 0, asked.all(Silent):
			silent = append(silent, address)
		case len(way.with(Refused)) > 0, len(asked.with(Refused)) > 0:
			refusing = append(refusing, address)
		case len(asked.with(Passed)) > 0:
			good = append(good, address)
			longest = max(longest, slowest(asked.with(Passed)))
		}
	}
	bad := append(slices.Clone(silent), refusing...)
	if len(good) == 0 || len(bad) == 0 {
		return ""
	}
	parts := make([]string, 0, 3)
	if len(silent) > 0 {
		parts = append(parts, list(silent)+verb(len(silent), " is silent", " are silent"))
	}
	if len(refusing) > 0 {
		var reasons table
		for _, address := range refusing {
			reasons = append(reasons, t.of(CheckConnect, CheckHandshake, CheckFirstByte).at(address).with(Refused)...)
		}
		parts = append(parts, list(refusing)+verb(len(refusing), " refuses (", " refuse (")+reasons.outcomes()+")")
	}
	rest := "the other address answers"
	if len(good) > 1 {
		rest = "the " + number(len(good)) + " other addresses answer"
	}
	return strings.Join(append(parts, rest+" in "+quick(longest)), ", ")
}

// protocols compares HTTP/2 with HTTP/1.1.
func (t table) protocols() string {
	asked := t.of(CheckFirstByte)
	one, two := asked.over("HTTP/1.1"), asked.over("HTTP/2.0")
	switch {
	case two.all(Silent) && one.all(Passed):
		return "HTTP/2 stalls, HTTP/1.1 does not"
	case one.all(Silent) && two.all(Passed):
		return "HTTP/1.1 stalls, HTTP/2 does not"
	case two.all(Refused) && one.all(Passed):
		return "HTTP/2 fails (" + two.outcomes() + "), HTTP/1.1 does not"
	}
	return ""
}

func (t table) handshakes() string {
	shaken := t.of(CheckHandshake)
	where := who(shaken.places())
	switch {
	case len(shaken) == 0 || len(shaken.with(Passed)) > 0:
		return ""
	case shaken.all(Silent):
		return where + " takes connections and leaves the TLS handshake unanswered"
	}
	return "TLS fails: " + shaken.with(Refused).outcomes()
}

// silent is for a file that no address sends.
func (t table) silent(other bool) string {
	asked := t.of(CheckFirstByte)
	if !asked.all(Silent) {
		return ""
	}
	where, taken := who(asked.places()), " takes the request and is silent"
	if to := asked[0].behind(); to != "" && !slices.ContainsFunc(asked, func(s Step) bool { return s.behind() != to }) {
		where, taken = "the host"+strings.TrimPrefix(BehindRedirect, ",")+to, " is silent"
	}
	fresh, another := t.of(CheckFresh), t.of(CheckOther)
	switch {
	case fresh.all(Passed):
		return "asked past caches, the server answers in " + quick(slowest(fresh)) + "; asked as usual, " + where + " is silent: a cache on the way is stuck"
	case len(another) > 0 && !another.all(Silent):
		return where + " is silent for this file, other files answer"
	case another.all(Silent):
		return where + " is silent, for other files too"
	case other:
		return where + " is silent for this file, and another one could not be asked for"
	}
	return where + taken
}

// parts is for a file that begins and does not go on, or differs past caches.
func (t table) parts() string {
	large, small := t.of(CheckLarge), t.of(CheckFirstByte)
	switch {
	case len(large.with(Silent)) > 0 && small.all(Passed):
		text := "the first byte comes, the first 64 KiB do not: large packets vanish on the way, or the server stops in the file"
		if good := large.with(Passed); len(good) > 0 {
			text = list(large.with(Silent).places()) + verb(len(large.with(Silent).places()), " sends", " send") + " the first byte and not the first 64 KiB, the other addresses send both"
		}
		return text
	case len(small.with(Silent)) > 0 && len(small.with(Passed)) > 0:
		var where []string
		for _, s := range small.with(Silent) {
			where = append(where, bare(s.Address)+" over "+s.Protocol)
		}
		return strings.Join(where, ", ") + " is silent, the rest answers in " + quick(slowest(small.with(Passed)))
	case small.all(Passed) && t.of(CheckFresh).all(Silent):
		return "a cache answers in " + quick(slowest(small)) + ", the server behind it is silent"
	}
	return ""
}

// refusals is for answers that are no file.
func (t table) refusals() string {
	asked := t.of(CheckFirstByte)
	bad := asked.with(Refused)
	switch {
	case len(bad) == 0:
		return ""
	case len(bad) < len(asked):
		return "some requests are answered and others not: " + bad.outcomes()
	case t.of(CheckFresh).all(Passed):
		return "every request fails (" + bad.outcomes() + "), past caches it does not: a cache on the way keeps the fault"
	}
	return who(asked.places()) + " answers, but not with the file: " + bad.outcomes()
}

func slowest(t table) time.Duration {
	var longest time.Duration
	for _, s := range t {
		longest = max(longest, s.Duration)
	}
	return longest
}

// quick writes a duration for people: "40 ms", "2.3 s".
func quick(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "less than 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// who names the only address, or says "every address".
func who(places []string) string {
	if len(places) == 1 {
		return bare(places[0])
	}
	return "every address"
}

// list writes "a", "a and b", "a, b and c"; more than three are counted.
func list(places []string) string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = bare(p)
	}
	if n := len(names); n > 3 {
		return number(n) + " addresses"
	} else if n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// bare takes the port from an address.
func bare(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func number(n int) string {
	words := [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}
