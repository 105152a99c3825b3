package engine

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

const (
	// readLimit is when the look at a role's file counts as lost. It takes some ten
	// milliseconds.
	readLimit = 10 * time.Second
	// maxReads bounds how many run at a time.
	maxReads = 4
)

// reading is a look at a role's file under way. Its command has not been answered.
type reading struct {
	command ReadRole
	url     string        // where the file came from
	giveUp  time.Duration // when it counts as lost
}

// readNews is the end of it, from its goroutine to the control loop.
type readNews struct {
	p     *reading
	file  trust.RoleFile
	fault *InspectorFault
}

// read looks at a role's file on another goroutine, whose end answers the command.
// The result says why there is nothing to look at, or "".
func (r *run) read(c ReadRole) string {
	switch {
	case r.hard():
		return r.closed()
	case r.walk == nil:
		return "the metadata is still looked for"
	case len(r.reading) >= maxReads:
		return fmt.Sprintf("%d roles are being read already", maxReads)
	}
	what, err := r.walk.Read(c.Role)
	if err != nil {
		return safe.Error(err)
	}
	p := &reading{command: c, giveUp: r.hub.now() + readLimit}
	if r.stopping != nil {
		p.giveUp = r.hub.now() + leaveWithin
	}
	if what.Fetched {
		if url, err := r.cfg.Source.Locate(r.file(r.needs[what.Need])); err == nil {
			p.url = url
		}
	}
	send := func(n readNews) {
		n.p = p
		select {
		case r.reads <- n:
		case <-r.over:
		}
	}
	spawn("read", readLabel(c.Role), func() { send(readNews{file: r.readFile(what)}) }, func(f InspectorFault) {
		send(readNews{fault: &f})
	})
	r.reading[p] = struct{}{}
	return ""
}

func readLabel(id trust.RoleID) string { return fmt.Sprintf("file of role %d", id) }

// hasRead takes what came of a look, unless it was given up meanwhile.
func (r *run) hasRead(n readNews) {
	if _, ok := r.reading[n.p]; !ok {
		return
	}
	delete(r.reading, n.p)
	if n.fault != nil {
		r.lostRead(n.p, *n.fault)
		return
	}
	n.file.URL = n.p.url
	r.hub.publish(RoleRead{n.p.command.Role, n.file})
	r.hub.publish(CommandDone{Command: n.p.command, Accepted: 1})
}

// watchReads gives up looks that do not end.
func (r *run) watchReads(now time.Duration, d *alive.Dump) {
	for p := range r.reading {
		if now < p.giveUp {
			continue
		}
		delete(r.reading, p)
		about := readLabel(p.command.Role)
		r.lostRead(p, InspectorFault{Goroutine: "read " + about, Value: "did not end and was given up", Stack: d.Of(about)})
	}
}

func (r *run) lostRead(p *reading, f InspectorFault) {
	r.fault(f)
	r.hub.publish(CommandDone{Command: p.command, Err: "the inspector failed: " + safe.Text(firstLine(f.Value))})
}
