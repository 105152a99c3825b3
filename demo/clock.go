package demo

import "time"

// quiet is how long nothing must have been asked for until a story is told anew: longer
// than any pause of a client that is still at work.
const quiet = time.Minute

// clock is the time of a story. It starts with the first request of timestamp.json, which
// every client asks for and nobody needs who only fetches the trusted root before; and it
// starts again with another after a time of quiet, so that the next client sees the story
// too.
type clock struct {
	begun time.Time // zero before the first request of timestamp.json
	last  time.Time // of the newest request
}

// ask notes a request, of timestamp.json or not. It tells how long the story has been
// going on, and whether it has begun at all.
func (c *clock) ask(timestamp bool) (since time.Duration, begun bool) {
	now := time.Now()
	if timestamp && (c.begun.IsZero() || now.Sub(c.last) > quiet) {
		c.begun = now
	}
	c.last = now
	if c.begun.IsZero() {
		return 0, false
	}
	return now.Sub(c.begun), true
}
