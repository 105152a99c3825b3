package engine

import "time"

const (
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 30 * time.Second
	// retryAfterMost bounds what a server may ask for; a day of Retry-After would
	// be a hang by another name.
	retryAfterMost = 60 * time.Second
)

// backoff is how long to wait before retry n (1 for the first): half a second,
// doubled each time, at most 30 s, spread by a quarter either way so that items
// which failed together do not come back together. What the server asked for is
// obeyed, up to a minute. random is in [0,1).
func backoff(n int, asked time.Duration, random float64) time.Duration {
	d := backoffMost
	if n < 8 {
		d = min(backoffMost, backoffFirst<<(n-1))
	}
	d = time.Duration(float64(d) * (0.75 + random/2))
	return max(d, min(asked, retryAfterMost))
}
