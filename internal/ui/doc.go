// Package ui is the terminal screen of a run: what is being fetched, what is stuck
// or wrong and why, and the keys that act on it.
//
// The model folds the engine's events into an engine.State and draws it. It knows
// neither Bubble Tea nor the terminal: only program.go, commands.go, absence.go and
// input.go (and the package term) know Bubble Tea's message and option types. Keys
// arrive as the model's own actions, from one table that also makes the help and the
// footer.
//
// # Rules
//
//   - Nothing waits in the model. Commands to the engine are queued and sent from
//     outside of it, in their order.
//   - A batch of events is folded at once; the list is sorted again at most once a
//     batch, and not within a second of a cursor move: no row jumps under the cursor.
//   - Lines are painted by hand with ready SGR prefixes. The last frame is kept and
//     given again while nothing has changed.
//   - All texts of items, roles and problems are printable already (safe.Text). Here
//     they are only cut to width.
//   - Nothing moves on its own but ages, once a second, while something is under way.
package ui
