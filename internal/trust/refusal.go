package trust

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/canon"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// refused is go-tuf's refusal of a role with what is needed to explain it.
type refused struct {
	subject string
	err     error
	// duties are all that have to be met by signatures, two for a new root (that of the
	// root before, and its own), and lists the keys of each.
	duties []stated
	lists  [][]Signer
	tally  string // how many signed and how many have to
	// unreadable names the first key of the role that cannot be read, or is "".
	unreadable string
	by         string // who announces version, length and hashes: "timestamp", "snapshot", "the root before"
	announced  *metadata.MetaFiles
	version    int64 // in the file
	data       []byte
	// receive and limits are for asking what go-tuf made of the file.
	receive func() *received
	limits  Limits
}

// stated is what a delegator says of a role, and who that is: "the root", "it".
type stated struct {
	by   string
	duty duty
}

// finding says in plain words why the role was refused. go-tuf's error decides
// which kind of finding it is; the words are made from what it looked at.
func (r refused) finding() finding.Finding {
	if errors.Is(r.err, &metadata.ErrValue{}) {
		if f, ok := r.fault(); ok {
			return f
		}
	}
	var c *crash
	switch {
	case errors.As(r.err, &c):
		return crashed(r.subject, r.data, r.nullOrKey(), c)
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
		return r.unsigned()
	case r.unreadable != "":
		return r.unreadableKey()
	case errors.Is(r.err, &metadata.ErrRepository{}), errors.Is(r.err, &metadata.ErrType{}):
		return finding.New(finding.Unparsable, r.subject, "%s", plain(r.err))
	}
	// What is left is mostly that go-tuf cannot write what it read.
	if rec := r.receive(); rec != nil && rec.unwritable != "" && rec.enough(r.duties, r.limits) {
		return r.reencoded(rec)
	}
	return finding.New(finding.RoleRefused, r.subject, "%s", plain(r.err))
}

// nullOrKey is what its delegator says of the role that makes go-tuf crash, or "".
func (r refused) nullOrKey() string {
	switch {
	case r.unreadable != "":
		return "key " + r.unreadable
	case slices.ContainsFunc(r.duties, func(s stated) bool { return s.duty.null }):
		return "its delegator names the role with a null"
	}
	return ""
}

// unsigned says why there are not enough signatures.
func (r refused) unsigned() finding.Finding {
	f := finding.New(finding.BadSignatures, r.subject, "not signed by enough keys: %s", r.tally)
	rec := r.receive()
	switch {
	case rec == nil:
		return f
	case rec.enough(r.duties, r.limits):
		return r.reencoded(rec)
	}
	f.Message += "; it is not signed by enough as it was received either"
	return rec.evidence(f)
}

// unreadableKey says that one key that cannot be read fails the whole role, and
// whether it has to.
func (r refused) unreadableKey() finding.Finding {
	enough := len(r.lists) > 0
	for i, list := range r.lists {
		role := Role{Signers: list}
		enough = enough && role.ValidSigners() >= r.duties[i].duty.threshold
	}
	others := "the other keys would not be enough: " + r.tally
	if enough {
		others = "clients that pass over such keys accept the signatures: " + r.tally
	}
	return finding.New(finding.UnreadableKey, r.subject, "key %s; go-tuf refuses the role for that, whoever else has signed; %s", r.unreadable, others)
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
func (r refused) fault() (f finding.Finding, ok bool) {
	for _, s := range r.duties {
		d := s.duty
		if len(d.ids) == 0 {
			return finding.New(finding.BadSignatures, r.subject, "%s names no key", s.by), true
		}
		if d.threshold < 1 {
			return finding.New(finding.BadSignatures, r.subject, "%s sets a threshold of %d, and clients refuse less than 1", s.by, d.threshold), true
		}
		for _, id := range d.ids {
			if _, ok := d.keys[id]; !ok {
				return finding.New(finding.KeyNotListed, r.subject, "%s names the key %s and does not list it", s.by, cmp.Or(short(id), `""`)).With("key id", cutTo(safe.Text(id), 128)), true
			}
		}
	}
	return f, false
}

// cutOff is what the reader of JSON says of a file that ends too early.
const cutOff = "unexpected end of JSON input"

// reading is what go-tuf is asked for first of a file.
const reading = "Metadata.FromBytes, which reads it"

// crashed says in which call go-tuf crashed on a file, and why: for what is known of
// its delegator, or else a null in the file may be the cause.
func crashed(subject string, data []byte, why string, c *crash) finding.Finding {
	if why == "" {
		if nulls := canon.Scan(data, 1).Nulls; len(nulls) > 0 {
			why = "there is a null at " + clip(nulls[0], 200)
		}
	}
	if why != "" {
		why = "; " + why
	}
	return finding.New(finding.VerifierCrashed, subject, "go-tuf crashed: %s (in %s)%s", clip(fmt.Sprint(c.value), 200), c.call, why)
}

// unparsable is the finding for bytes that are no metadata of the expected kind. The
// data are the file, or nil when it is not how it is written.
func unparsable(subject string, data []byte, err error) finding.Finding {
	var c *crash
	if errors.As(err, &c) {
		return crashed(subject, data, "", c)
	}
	if f, ok := around(subject, data); ok {
		return f
	}
	what := "cannot be read as TUF metadata"
	switch start := bytes.TrimLeft(data, " \t\r\n"); {
	case data == nil:
	case len(data) == 0:
		return finding.New(finding.Unparsable, subject, "the file is empty")
	case len(start) > 0 && start[0] == '<':
		what = "looks like HTML or XML, and not like TUF metadata"
	case err.Error() == cutOff:
		what = "is cut off"
	}
	return finding.New(finding.Unparsable, subject, "%s: %s", what, plain(err))
}

// around looks for what stands before or behind the metadata in a file that cannot be
// read: go-tuf reads a file as one JSON document, with white space around it and
// nothing else.
func around(subject string, data []byte) (finding.Finding, bool) {
	if mark := canon.Mark(data); mark != "" {
		return finding.New(finding.ByteOrderMark, subject, "it begins with a byte order mark (%s), which JSON must not have, and go-tuf cannot read it", mark), true
	}
	form := canon.Scan(data, 0)
	if form.Rest < 0 {
		return finding.Finding{}, false
	}
	if _, err := canon.Signed(data[:form.End]); err != nil {
		return finding.Finding{}, false // no metadata, whatever follows
	}
	rest := data[form.Rest:]
	return finding.New(finding.TrailingData, subject, "the metadata end at byte %d, and %s follow, which begin with %s",
		form.End, measure.Count(len(rest), "byte"), clip(strconv.Quote(string(rest[:min(len(rest), 40)])), 100)), true
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
