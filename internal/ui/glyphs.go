package ui

import (
	"strings"

	"example.com/tufinspect/internal/engine"
)

// glyphs are the characters that are not letters. Each face's is one cell wide.
type glyphs struct {
	state    [numFaces]string // by face, and so by state too
	soon     string           // a role that ends soon
	cursor   string           // before the selected row
	mark     string           // before a marked one
	ellipsis string
	left     string // of a bar
	right    string
	full     string
	empty    string
	silence  string // of a time axis
	connect  string // its phases, where all stand in one line
	await    string
	body     string
	hash     string
	rule     string
	spark    []string // from nothing to most
	moves    string   // the arrow keys
	times    string   // before a count
	box      [6]string
	tee      string // of a tree: before a branch, before the last one, beside what is below
	corner   string
	trunk    string
	arrow    string // from one version to the next
	closed   string // before lines that are summed up in one, and before those that are not
	opened   string
	plays    string // a recording, and that it does not
	halts    string
}

var stateGlyphs = [numFaces]struct{ unicode, ascii string }{
	engine.Queued:       {"·", "."},
	engine.Connecting:   {"◦", "c"},
	engine.Waiting:      {"◔", "w"},
	engine.Transferring: {"↓", ">"},
	engine.Verifying:    {"≡", "="},
	engine.Stalled:      {"!", "!"},
	engine.Retrying:     {"↻", "r"},
	engine.Verified:     {"✓", "+"},
	engine.Untrusted:    {"?", "?"},
	engine.Failed:       {"✗", "x"},
	engine.Cancelled:    {"⊘", "-"},
	engine.Skipped:      {"○", "o"},
	faceUnchecked:       {"∅", "u"},
}

func glyphsOf(ascii bool) *glyphs {
	g := &glyphs{
		soon: "▲", cursor: "›", mark: "•", ellipsis: "…", left: "▕", right: "▏", full: "█", empty: " ",
		silence: "╌", connect: "·", await: "-", body: "━", hash: "≡", rule: "─", spark: []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, moves: "↑↓", times: "×",
		box: [6]string{"╭", "╮", "╰", "╯", "─", "│"},
		tee: "├", corner: "└", trunk: "│", arrow: "→", closed: "▸", opened: "▾",
		plays: "►", halts: "‖",
	}
	if ascii {
		g = &glyphs{
			soon: "^", cursor: ">", mark: "*", ellipsis: "~", left: "[", right: "]", full: "#", empty: " ",
			silence: "~", connect: ".", await: "-", body: "=", hash: "#", rule: "-", spark: []string{"_", ".", ":", "-", "=", "+", "*", "#"}, moves: "arrows", times: "x",
			box: [6]string{"+", "+", "+", "+", "-", "|"},
			tee: "|", corner: "`", trunk: "|", arrow: ">", closed: "+", opened: "-",
			plays: ">", halts: "||",
		}
	}
	for s := range g.state {
		g.state[s] = stateGlyphs[s].unicode
		if ascii {
			g.state[s] = stateGlyphs[s].ascii
		}
	}
	return g
}

// keys writes keys of the key table without arrows where there are none.
func (g *glyphs) keys(show string) string {
	if g.moves == "↑↓" {
		return show
	}
	return strings.NewReplacer("↑↓", g.moves, "← →", "left right").Replace(show)
}

// styleOf is how a face is written.
var styleOf = [numFaces]style{
	engine.Queued: faint, engine.Connecting: busy, engine.Waiting: busy, engine.Transferring: busy,
	engine.Verifying: working, engine.Stalled: warn, engine.Retrying: working, engine.Verified: good,
	engine.Untrusted: odd, engine.Failed: bad, engine.Cancelled: faint, engine.Skipped: faint,
	faceUnchecked: odd,
}

// shortWord is a face in at most nine letters.
var shortWord = [numFaces]string{
	engine.Queued: "queued", engine.Connecting: "connect", engine.Waiting: "waiting", engine.Transferring: "body",
	engine.Verifying: "hashing", engine.Stalled: "stalled", engine.Retrying: "retry", engine.Verified: "verified",
	engine.Untrusted: "untrust", engine.Failed: "failed", engine.Cancelled: "cancel", engine.Skipped: "skipped",
	faceUnchecked: uncheckedWord,
}
