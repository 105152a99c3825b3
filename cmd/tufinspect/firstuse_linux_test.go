package main

import "testing"

// Somebody who has read nothing but the screen finds a file that is stuck, cancels it
// and tries it again: with keys that the footer names, and each is answered in words.
func TestTheDemoTeachesToCancelAndToRetry(t *testing.T) {
	x := open(t, 120, 36, "demo")
	x.until(0, "/ filter", "? help", "q quit", "console-3.2.0.tgz")
	at := x.press("/console-3.2.0\r")
	x.until(at, "! stalled") // it has stood under the cursor for a while
	at = x.press("\x0c")     // all of the screen, not only what has changed
	x.until(at, "x cancel", "r retry")
	at = x.press("x")
	x.until(at, "cancelled charts/console-3.2.0.tgz")
	at = x.press("r")
	x.until(at, "retrying charts/console-3.2.0.tgz")
	at = x.press("q")
	x.until(at, "y")
	x.press("y")
	x.ends(0)
}
