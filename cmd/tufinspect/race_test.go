//go:build race

package main

// slower is how much more time the race detector is given.
const slower = 10
