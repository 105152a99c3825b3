// Package nobg keeps the terminal from being asked for its background colour when
// the program starts. Import it blank from every main package that links Bubble
// Tea.
//
// Bubble Tea v1 calls lipgloss.HasDarkBackground in an init function. That writes a
// query to the terminal and waits up to 5 s for an answer: on a terminal that does
// not answer (a CI job with a tty, script(1), a serial console) every start would
// cost 5 s, "--version" included. Telling Lip Gloss the answer first keeps it from
// asking. The answer itself does not matter: this program uses the 16 ANSI colours
// only, so the user's own theme decides what they look like.
//
// This depends on the order in which Go initialises packages: those that are ready
// go in the order of their import paths (The Go Programming Language Specification,
// "Program initialization"). So two things have to stay as they are, and tests hold
// them:
//
//   - this package imports Lip Gloss and nothing else, so that it is ready before
//     Bubble Tea, which needs Lip Gloss too;
//   - its import path sorts before "github.com/charmbracelet/bubbletea".
package nobg

import "github.com/charmbracelet/lipgloss"

// The one init function with an effect that this project allows itself.
func init() { lipgloss.SetHasDarkBackground(true) }
