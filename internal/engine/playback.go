package engine

import "time"

// A recording is shown by whoever shows a run: it brings the same events. Two more say
// where it is, and three commands are for it alone, besides Pause, Resume, ReadRole and
// Stop. A run never says the former and refuses the latter; neither is ever recorded.

// Rewound says that a recording is played anew from its start: all that has been told so
// far is void.
type Rewound struct{}

// Played says where the playing of a recording is. Between two of them its clock goes on.
type Played struct {
	At     time.Duration // since the start of the run
	Length time.Duration // of the recording
	Speed  float64       // seconds of the run in a second; 0 while it is paused
	Chosen float64       // the speed at which it goes on
	Behind bool          // events of before At are still to be told: more follow at once
	Cut    string        // why the recording is not whole; "" if it is
}

// Seek goes to a time of the recording: forward, or back to its start and forward from
// there.
type Seek struct{ To time.Duration }

// Step goes to the next moment in which something happened, or with Back to the one
// before, and pauses there. With Trouble only moments count in which something went wrong,
// and it is refused where there is none.
type Step struct{ Back, Trouble bool }

// SetSpeed sets how many seconds of the run are played in a second.
type SetSpeed struct{ To float64 }

func (Rewound) body()     {}
func (Played) body()      {}
func (Seek) command()     {}
func (Step) command()     {}
func (SetSpeed) command() {}
