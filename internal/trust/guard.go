package trust

import (
	"errors"
	"fmt"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// crash is a panic of go-tuf, caught. Version 2.4.2 panics on nulls and on keys
// that are cut off, among others.
type crash struct{ value any }

func (c *crash) Error() string { return fmt.Sprintf("go-tuf panicked: %v", c.value) }

// guard runs f, which calls go-tuf, and turns a panic into an error. Every call
// that looks at foreign bytes goes through here.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &crash{v}
		}
	}()
	return f()
}

// plain is go-tuf's reason without its own prefix, printable.
func plain(err error) string {
	s := err.Error()
	for _, p := range []string{"unsigned metadata error: ", "bad version number error: ", "length/hash verification error: ", "repository error: ", "value error: ", "type error: ", "runtime error: "} {
		s = strings.TrimPrefix(s, p)
	}
	return safe.Text(s)
}

// refusal turns go-tuf's error about a role into a finding. unreadable names a key
// of the role that cannot be read, or is "": go-tuf then refuses the role whatever
// the other keys say.
func refusal(subject string, err error, unreadable string) finding.Finding {
	var c *crash
	switch {
	case errors.As(err, &c):
		return finding.New(finding.VerifierCrashed, subject, "go-tuf crashed on it: %s", safe.Text(fmt.Sprint(c.value)))
	case errors.Is(err, &metadata.ErrLengthOrHashMismatch{}):
		return finding.New(finding.MetadataHash, subject, "%s", plain(err))
	case errors.Is(err, &metadata.ErrBadVersionNumber{}):
		return finding.New(finding.VersionMismatch, subject, "%s", plain(err))
	case unreadable != "":
		return finding.New(finding.UnreadableKey, subject, "go-tuf cannot read key %s", unreadable)
	case errors.Is(err, &metadata.ErrUnsignedMetadata{}):
		return finding.New(finding.BadSignatures, subject, "%s", plain(err))
	case errors.Is(err, &metadata.ErrValue{}):
		// No delegation, no threshold, or a key id without a key.
		return finding.New(finding.BadSignatures, subject, "%s", plain(err))
	case errors.Is(err, &metadata.ErrRepository{}), errors.Is(err, &metadata.ErrType{}):
		return finding.New(finding.Unparsable, subject, "%s", plain(err))
	}
	return finding.New(finding.RoleRefused, subject, "%s", plain(err))
}

// counted puts the count of good signatures into a refusal for want of them.
func counted(f finding.Finding, tally string) finding.Finding {
	if f.ID == finding.BadSignatures {
		f.Message = "not signed by enough keys: " + tally
	}
	return f
}

// unparsable is the finding for bytes that are no metadata of the expected kind.
func unparsable(subject string, err error) finding.Finding {
	var c *crash
	if errors.As(err, &c) {
		return refusal(subject, err, "")
	}
	return finding.New(finding.Unparsable, subject, "%s", plain(err))
}
