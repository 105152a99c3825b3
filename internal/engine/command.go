package engine

import (
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// Command asks a running session for something. Commands are idempotent, and each
// one that Session.Send took is answered by exactly one CommandDone, in their order
// but for ReadRole.
type Command interface{ command() }

// Cancel ends the attempts of the items; queued ones never start.
type Cancel struct {
	Items []ItemID `json:"items,omitzero"`
}

// CancelAll ends the attempts of all items that have not ended.
type CancelAll struct{}

// Retry starts the next attempt of the items now: from failed, untrusted,
// cancelled, stalled or retrying. NoCache asks caches on the way for fresh copies.
type Retry struct {
	Items   []ItemID `json:"items,omitzero"`
	NoCache bool     `json:"no_cache,omitzero"`
}

// RetryFailed retries all items that ended otherwise than verified or skipped. With
// Kinds, only those whose problem is of one of them.
type RetryFailed struct {
	Kinds []finding.ID `json:"kinds,omitzero"`
}

// Pause lets no new attempt start; running ones go on.
type Pause struct{}

// Resume ends a pause.
type Resume struct{}

// SetWorkers sets how many attempts run at a time, 1 to MaxWorkers, or lets the run
// choose with 0. Fewer takes effect as attempts end.
type SetWorkers struct {
	N int `json:"n"`
}

// SetStallAfter sets the stall limit from now on.
type SetStallAfter struct {
	D time.Duration `json:"after_ns"`
}

// Prioritise puts queued items at the head of the queue, in this order.
type Prioritise struct {
	Items []ItemID `json:"items,omitzero"`
}

// Probe asks for a bounded side investigation of one item; it disturbs nothing.
type Probe struct {
	Item ItemID `json:"item"`
}

// ReadRole asks for a role's file as it was fetched, accepted or not, paused, settled
// or not: a RoleRead brings it, and the CommandDone follows directly. That takes some
// ten milliseconds, and other commands are carried out meanwhile. It is refused when
// nothing of the file is there (it is on its way, missing, was never fetched), when
// several are being read, and when everything is being cancelled.
type ReadRole struct {
	Role trust.RoleID `json:"role"`
}

// ClockJumped says that the process was suspended for D, which is then discounted
// from every silence.
type ClockJumped struct {
	D time.Duration `json:"by_ns"`
}

// Stop ends the run: nothing new starts, and the run finishes when what is under
// way has ended. With Now everything under way is cancelled.
type Stop struct {
	Now bool `json:"now,omitzero"`
}

func (Cancel) command()        {}
func (CancelAll) command()     {}
func (Retry) command()         {}
func (RetryFailed) command()   {}
func (Pause) command()         {}
func (Resume) command()        {}
func (SetWorkers) command()    {}
func (SetStallAfter) command() {}
func (Prioritise) command()    {}
func (Probe) command()         {}
func (ReadRole) command()      {}
func (ClockJumped) command()   {}
func (Stop) command()          {}
