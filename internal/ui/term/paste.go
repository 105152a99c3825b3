package term

import "slices"

// pasteMost is how much of a paste is passed on. What this program edits is one line,
// and Bubble Tea v1 gathers a paste anew with each of its reads, which takes the
// square of its length: megabytes that were pasted by mistake would leave the keyboard
// dead for minutes.
const pasteMost = 4 << 10

// Bracketed paste (xterm's mode 2004).
const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	interrupt  = 0x03 // ctrl+c
)

// paste follows the pastes in what is read, and shortens them.
type paste struct {
	in    bool
	size  int // bytes since it began
	match int // bytes of the next marker that were the latest ones
}

// shorten appends what of b is passed on. That is at most as long as an end marker
// more than b. A ctrl+c that arrives by itself ends a paste whose end never came: a
// terminal takes control characters out of what it pastes. An escape right before a
// paste is dropped: Bubble Tea would take the two for one key that it does not know,
// and the text for keys.
func (s *paste) shorten(out, b []byte) []byte {
	if s.in && len(b) == 1 && b[0] == interrupt {
		*s = paste{}
		return append(append(out, pasteEnd...), interrupt)
	}
	from := len(out)
	for _, c := range b {
		marker := pasteStart
		if s.in {
			marker = pasteEnd
		}
		switch c {
		case marker[s.match]:
			s.match++
		case marker[0]:
			s.match = 1
		default:
			s.match = 0
		}
		kept := !s.in || s.size < pasteMost
		if s.in {
			s.size++
		}
		if kept {
			out = append(out, c)
		}
		if s.match == len(marker) {
			switch before := len(out) - len(pasteStart) - 1; {
			case !kept:
				out = append(out, pasteEnd...)
			case !s.in && before >= from && out[before] == pasteStart[0]:
				out = slices.Delete(out, before, before+1)
			}
			*s = paste{in: !s.in}
		}
	}
	return out
}
