package journal

import (
	"fmt"
	"math"
	"time"

	"example.com/tufinspect/internal/engine"
)

// most is what no count of bytes and no rate goes beyond: an exbibyte.
const most = 1 << 60

// sound tells what is wrong with the numbers of an event that a recording may bring from
// anywhere: those that are drawn, summed up and divided by. A number that points nowhere is
// for State.Apply to refuse.
func sound(b engine.Body) error {
	switch b := b.(type) {
	case engine.RunStarted:
		l := &b.Limits
		for _, d := range []time.Duration{l.StallAfter, l.StallTimeout, l.GiveUpAfter, l.Deadline} {
			if err := moment("limits", d); err != nil {
				return err
			}
		}
		return counts("workers", int64(b.Workers), int64(l.Retries), l.MinRate)
	case engine.ItemsFound:
		for i := range b.Items {
			if n := b.Items[i].Length; n < -1 || n > most {
				return fmt.Errorf("item %d: length: %d cannot be", b.Items[i].ID, n)
			}
		}
	case engine.StateChanged:
		if err := moment("next_ns", b.Next); err != nil {
			return err
		}
		return counts("attempt or done", int64(b.Attempt), b.Done)
	case engine.Progress:
		if err := counts("attempt or done", int64(b.Attempt), b.Done); err != nil {
			return err
		}
		return rate(b.Rate)
	case engine.PhasesEntered:
		return moments(b.Marks)
	case engine.Redirected:
		if b.By != nil {
			if err := length(b.By.Length); err != nil {
				return err
			}
		}
		return moments(b.Marks)
	case engine.Responded:
		return length(b.Response.Length)
	case engine.Probed:
		return moment("duration_ns", b.Step.Duration)
	case engine.HostChanged:
		for _, d := range []time.Duration{b.FirstByteP50, b.FirstByteP95} {
			if err := moment("first byte", d); err != nil {
				return err
			}
		}
		for _, c := range b.Errors {
			if err := counts("errors", int64(c.N)); err != nil {
				return err
			}
		}
		if err := counts("a number", int64(b.Active), int64(b.Waiting), int64(b.Open)+1, b.Bytes, int64(b.Failed)); err != nil {
			return err
		}
		return rate(b.Rate)
	case engine.BreakerChanged:
		for _, d := range []time.Duration{b.Since, b.Next} {
			if err := moment("since_ns or next_ns", d); err != nil {
				return err
			}
		}
		return counts("queued", int64(b.Queued))
	case engine.QueueChanged:
		if err := moment("stall_after_ns", b.StallAfter); err != nil {
			return err
		}
		if err := counts("a number", int64(b.Workers), int64(b.Active), b.Bytes); err != nil {
			return err
		}
		return rate(b.Rate)
	case engine.InspectorStuck:
		return moment("for_ns", b.For)
	case engine.RoleChanged:
		r := &b.Role
		return counts("a number", r.Size, int64(r.Threshold), int64(r.Targets), int64(r.BeforeThreshold))
	}
	return nil
}

func moment(name string, d time.Duration) error {
	if d < 0 || d > longest {
		return fmt.Errorf("%s: %d is no time of a run", name, int64(d))
	}
	return nil
}

func moments(marks []engine.TimedMark) error {
	for _, m := range marks {
		if err := moment("at_ns", m.At); err != nil {
			return err
		}
	}
	return nil
}

// length is that of an answer: -1 if it announces none.
func length(n int64) error {
	if n < -1 || n > most {
		return fmt.Errorf("length: %d cannot be", n)
	}
	return nil
}

func counts(name string, all ...int64) error {
	for _, n := range all {
		if n < 0 || n > most {
			return fmt.Errorf("%s: %d cannot be", name, n)
		}
	}
	return nil
}

func rate(r float64) error {
	if !(r >= 0) || r > most || math.IsInf(r, 0) {
		return fmt.Errorf("rate: %v cannot be", r)
	}
	return nil
}
