package engine

import "time"

// A recording is shown by whoever shows a run: it brings the same events. Three more say
// where it is, and four commands are for it alone, besides Pause, Resume, ReadRole and
// Stop. A run never says the former and refuses the latter; neither is ever recorded.

// Rewound says that a recording is played anew, from its start or from a mark: all that
// has been told since is void.
type Rewound struct {
	To   int   // the number of a mark that was kept; 0 is the start
	Keep []int // the marks that may be come back to later; the others are not needed any more
}

// Marked says that the recording can be played anew from here, if whoever folds the
// events has kept what they have made up to here and says so with [Kept].
type Marked struct {
	N int // from 1; each has its own
}

// Kept says that what was made of the events up to a mark has been kept, until a Rewound
// does not have it in Keep. Who never sends it is told all from the start each time.
type Kept struct{ N int }

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
func (Marked) body()      {}
func (Played) body()      {}
func (Kept) command()     {}
func (Seek) command()     {}
func (Step) command()     {}
func (SetSpeed) command() {}
