package main

import (
	"fmt"
	"time"
)

// limits bound an inspection from outside. Tests have shorter ones.
type limits struct {
	look   time.Duration // how often it is looked at, and how often it gives a sign of life
	silent time.Duration // without a sign of life
	report time.Duration // after the run, without anybody taking a byte of the report
	lines  time.Duration // for the last plain lines to find a reader
	stop   time.Duration // for its end after a signal
	late   time.Duration // for its end after its deadline
	dump   time.Duration // to say what it is doing before it is killed
	death  time.Duration // for its end after it was killed
	orphan time.Duration // for its end after its parent has gone
	pause  time.Duration // being stopped, while the one who looks is not
	again  time.Duration // a signal that comes again within this is the same one
}

func defaultLimits() limits {
	return limits{
		look: time.Second, silent: 30 * time.Second, report: time.Minute, lines: 5 * time.Second, stop: 10 * time.Second, late: 20 * time.Second,
		dump: 2 * time.Second, death: 5 * time.Second, orphan: 20 * time.Second, pause: 5 * time.Minute,
		// timeout(1) signals its child and then the child's group; a shell that loses
		// its terminal repeats what the system has sent.
		again: 250 * time.Millisecond,
	}
}

// vigil decides how long an inspection is waited for. Time in which the one who looks
// could not run himself does not count; nor does time in which the inspection was
// stopped, up to a limit, unless it was asked to end or has a deadline.
type vigil struct {
	limits
	deadline time.Duration // of the run; 0: none

	last    time.Time // of the last look
	total   time.Duration
	silence time.Duration // since the last sign of life
	writing time.Duration // since the run was over or somebody took a byte
	asking  time.Duration // since it was asked to end
	pausing time.Duration // since it was stopped

	asked   bool
	ended   bool // the run is over, the report is being written
	stopped bool // by job control
}

// moved notes a sign of life.
func (v *vigil) moved() { v.silence = 0 }

// wrote notes that the run is over, or that the report gets on.
func (v *vigil) wrote() { v.ended, v.writing = true, 0 }

// look brings the clocks up to now. It gives the reason when the inspection is not to
// be waited for any more, and "" else.
func (v *vigil) look(now time.Time) string {
	step := min(max(now.Sub(v.last), 0), 2*v.limits.look)
	v.last = now
	v.total += step
	if v.asked {
		v.asking += step
	}
	if v.stopped {
		v.pausing += step
	} else {
		v.pausing = 0
		v.silence += step
		if v.ended {
			v.writing += step
		}
	}
	switch {
	case v.asked && v.asking >= v.stop:
		return fmt.Sprintf("has not ended within %s of the signal", v.stop)
	case v.ended && v.writing >= v.report:
		return fmt.Sprintf("could not write the report: nobody has read stdout, or the disk has not answered, for %s", v.report)
	case v.silence >= v.silent:
		return fmt.Sprintf("has given no sign of life for %s", v.silent)
	case v.pausing >= v.pause:
		return fmt.Sprintf("has been stopped for %s, alone", v.pause)
	case v.deadline > 0 && v.total >= v.deadline+v.late:
		return fmt.Sprintf("has not ended %s after its deadline of %s", v.late, v.deadline)
	}
	return ""
}
