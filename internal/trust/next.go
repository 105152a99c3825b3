package trust

import (
	"encoding/json"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// NextRoot gives the version of the root that a walk from this trusted root asks for
// first, if that can be told without judging the root. It is a guess, so that the file
// can be asked for ahead: [New] decides.
func NextRoot(root []byte) (version int64, ok bool) {
	var file struct {
		Signed struct{ Version int64 }
	}
	if json.Unmarshal(root, &file) != nil || file.Signed.Version < 1 || file.Signed.Version >= maxVersion {
		return 0, false
	}
	return file.Signed.Version + 1, true
}

// largestGuess bounds what is read for a guess: it is made beside the run.
const largestGuess = 256 << 10

// NextFile gives what a walk is likely to ask for after the timestamp or the snapshot,
// by what that file says: the snapshot, or the top-level targets. Whether names have
// versions is taken from the trusted root. It is a guess, as in [NextRoot].
func NextFile(role string, data, root []byte) (n Need, ok bool) {
	next := metadata.SNAPSHOT
	if role == metadata.SNAPSHOT {
		next = metadata.TARGETS
	}
	var file struct {
		Signed struct {
			Meta map[string]struct{ Version, Length int64 }
		}
	}
	if len(data) > largestGuess || json.Unmarshal(data, &file) != nil {
		return n, false
	}
	meta := file.Signed.Meta[next+".json"]
	if meta.Version < 1 || meta.Version > maxVersion {
		return n, false
	}
	n = Need{Name: next, Version: meta.Version, Length: listed(meta.Length), Limit: DefaultLimits().File}
	var trusted struct {
		Signed struct {
			Consistent bool `json:"consistent_snapshot"`
		}
	}
	if json.Unmarshal(root, &trusted) != nil {
		return n, false
	}
	if !trusted.Signed.Consistent {
		n.Version = 0
	}
	return n, true
}
