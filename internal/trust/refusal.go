package trust

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// refused is go-tuf's refusal of a role with what is needed to explain it.
type refused struct {
	subject string
	err     error
	duties  []stated // one, or for a new root that of the root before and its own
	tally   string   // how many signed and how many have to
	// unreadable names the first key of the role that cannot be read, or is "".
	unreadable string
	by         string // who announces version, length and hashes: "timestamp", "snapshot", "the root before"
	announced  *metadata.MetaFiles
	version    int64 // in the file
	data       []byte
}

// stated is what a delegator says of a role, and who that is: "the root", "it".
type stated struct {
	by   string
	duty duty
}

// finding says in plain words why the role was refused. go-tuf's error decides
// which kind of finding it is; the words are made from what it looked at.
func (r refused) finding() finding.Finding {
	var c *crash
	switch {
	case errors.As(r.err, &c):
		return crashed(r.subject, c)
	case errors.Is(r.err, errTooMuch):
		return finding.New(finding.WalkLimit, r.subject, "not verified: %s", r.err)
	case errors.Is(r.err, &metadata.ErrLengthOrHashMismatch{}):
		return r.mismatch()
	case errors.Is(r.err, &metadata.ErrBadVersionNumber{}):
		return finding.New(finding.VersionMismatch, r.subject, "the file says version %d, and %s announces version %d", r.version, r.by, r.announced.Version)
	case errors.Is(r.err, &metadata.ErrUnsignedMetadata{}):
		if f, ok := r.unreachable(); ok {
			return f
		}
		return finding.New(finding.BadSignatures, r.subject, "not signed by enough keys: %s", r.tally)
	case errors.Is(r.err, &metadata.ErrValue{}):
		return r.fault()
	case r.unreadable != "":
		return finding.New(finding.UnreadableKey, r.subject, "key %s", r.unreadable)
	case errors.Is(r.err, &metadata.ErrRepository{}), errors.Is(r.err, &metadata.ErrType{}):
		return finding.New(finding.Unparsable, r.subject, "%s", plain(r.err))
	}
	return finding.New(finding.RoleRefused, r.subject, "%s", plain(r.err))
}

// mismatch says which of length and hashes differs from what was announced.
func (r refused) mismatch() finding.Finding {
	f := finding.New(finding.MetadataHash, r.subject, "%s", plain(r.err))
	if r.announced == nil {
		return f
	}
	if l := r.announced.Length; l != 0 && l != int64(len(r.data)) {
		f.Message = fmt.Sprintf("%d bytes long, and %s lists %d", len(r.data), r.by, l)
		return f
	}
	for _, alg := range slices.Sorted(maps.Keys(r.announced.Hashes)) {
		var got []byte
		switch alg {
		case "sha256":
			sum := sha256.Sum256(r.data)
			got = sum[:]
		case "sha512":
			sum := sha512.Sum512(r.data)
			got = sum[:]
		default:
			f.Message = fmt.Sprintf("%s lists a hash of a kind that clients do not know: %s", r.by, cutTo(safe.Text(alg), 32))
			return f
		}
		if want := r.announced.Hashes[alg]; !slices.Equal(got, want) {
			f.Message = fmt.Sprintf("its %s differs from the one that %s lists", alg, r.by)
			return f.With(alg+" want", hex.EncodeToString(want)).With(alg+" got", hex.EncodeToString(got))
		}
	}
	return f
}

// unreachable is the finding for a threshold that all keys together cannot reach.
func (r refused) unreachable() (f finding.Finding, ok bool) {
	for _, s := range r.duties {
		n := s.duty.distinct()
		if n >= s.duty.threshold {
			continue
		}
		text := fmt.Sprintf("%s sets a threshold of %d and lists %s", s.by, s.duty.threshold, measure.Count(n, "key"))
		if ids := len(s.duty.ids); ids > n {
			text += fmt.Sprintf(", under %d ids", ids)
		}
		return finding.New(finding.ThresholdUnreachable, r.subject, "%s; %s", text, r.tally), true
	}
	return f, false
}

// fault is the finding for keys and a threshold, as a delegator states them, that no
// client can use.
func (r refused) fault() finding.Finding {
	for _, s := range r.duties {
		d := s.duty
		if len(d.ids) == 0 {
			return finding.New(finding.BadSignatures, r.subject, "%s names no key", s.by)
		}
		if d.threshold < 1 {
			return finding.New(finding.BadSignatures, r.subject, "%s sets a threshold of %d, and clients refuse less than 1", s.by, d.threshold)
		}
		for _, id := range d.ids {
			if _, ok := d.keys[id]; !ok {
				return finding.New(finding.KeyNotListed, r.subject, "%s names the key %s and does not list it", s.by, short(id)).With("key id", cutTo(safe.Text(id), 128))
			}
		}
	}
	return finding.New(finding.BadSignatures, r.subject, "%s", plain(r.err))
}

func crashed(subject string, c *crash) finding.Finding {
	return finding.New(finding.VerifierCrashed, subject, "go-tuf crashed on it: %s", cutTo(safe.Text(fmt.Sprint(c.value)), 200))
}

// unparsable is the finding for bytes that are no metadata of the expected kind.
func unparsable(subject string, err error) finding.Finding {
	var c *crash
	if errors.As(err, &c) {
		return crashed(subject, c)
	}
	return finding.New(finding.Unparsable, subject, "cannot be read as TUF metadata: %s", plain(err))
}

// plain is go-tuf's reason without its own prefix, printable.
func plain(err error) string {
	s := err.Error()
	for _, p := range []string{"unsigned metadata error: ", "bad version number error: ", "length/hash verification error: ", "repository error: ", "value error: ", "type error: ", "runtime error: "} {
		s = strings.TrimPrefix(s, p)
	}
	return cutTo(safe.Text(s), 300)
}

// errTooMuch says that verification would go over more bytes than a client does
// in any sensible time: go-tuf makes the canonical form anew for every key.
var errTooMuch = errors.New("too many keys for its size")

// affordable tells whether go-tuf can be asked about a file of this size under a
// duty.
func (l Limits) affordable(d duty, size int) error {
	if n := int64(len(d.ids)); n > 1 && int64(size) > l.Work/n {
		return fmt.Errorf("%w: %d keys and %d bytes", errTooMuch, n, size)
	}
	return nil
}
