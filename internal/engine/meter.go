package engine

import (
	"math"
	"time"
)

// meter turns a growing byte count into a rate: an average that forgets with a
// time constant of two seconds.
type meter struct {
	rate   float64
	bytes  int64
	at     time.Duration
	primed bool // rate means something
}

const meterMemory = 2 * time.Second

// sample takes the count at a moment and gives the rate in bytes a second.
func (m *meter) sample(bytes int64, at time.Duration) float64 {
	dt := at - m.at
	if dt <= 0 {
		return m.rate
	}
	now := float64(bytes-m.bytes) / dt.Seconds()
	if !m.primed {
		m.rate, m.primed = now, true
	} else {
		m.rate += (now - m.rate) * (1 - math.Exp(-float64(dt)/float64(meterMemory)))
	}
	m.bytes, m.at = bytes, at
	if m.rate < 1 {
		m.rate = 0
	}
	return m.rate
}
