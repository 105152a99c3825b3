package lint

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"example.com/tufinspect/internal/canon"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// form looks at how a file is written, beside what it says. Fields that nobody knows
// are none of its business: the specification allows them.
func form(subject, specVersion string, data []byte) []finding.Finding {
	f := canon.Scan(data, most)
	out := duplicates(subject, f)
	out = append(out, expires(subject, f.Expires)...)
	return append(out, spec(subject, specVersion)...)
}

// duplicates are names that stand more than once in an object.
func duplicates(subject string, f canon.Form) []finding.Finding {
	var out []finding.Finding
	for _, d := range f.Duplicates {
		where := "the outermost object"
		if d.Path != "" {
			where = safe.Cut(d.Path, 200)
		}
		out = append(out, finding.New(finding.DuplicateJSONKeys, subject, "%s has the name %q %d times", where, safe.Cut(d.Name, 100), d.Times))
	}
	if f.More > 0 {
		out = append(out, finding.New(finding.DuplicateJSONKeys, subject, "… and %d more names that stand more than once", f.More))
	}
	return out
}

// plainTime is the form that the specification (4.2.1) asks for, with its quotes.
var plainTime = regexp.MustCompile(`^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$`)

// expires looks at the expiry as it is written; nil if there is none.
func expires(subject string, written []byte) []finding.Finding {
	switch {
	case plainTime.Match(written):
		return nil
	case written == nil:
		return []finding.Finding{finding.New(finding.ExpiresForm, subject, "it states no expiry")}
	}
	text := safe.Cut(string(bytes.Trim(written, `"`)), 100)
	return []finding.Finding{finding.New(finding.ExpiresForm, subject, "its expiry is written as %s", text).With("expires", text)}
}

// decimal is what python-tuf takes for a part of a version.
var decimal = regexp.MustCompile(`^[0-9]+$`)

// spec looks at the version of the specification that a file states, as python-tuf
// does: two or three numbers, and the first of them is 1.
func spec(subject, version string) []finding.Finding {
	parts := strings.Split(version, ".")
	ok := len(parts) == 2 || len(parts) == 3
	for _, p := range parts {
		ok = ok && decimal.MatchString(p)
	}
	var why string
	switch {
	case version == "":
		why = "it states no version of the specification"
	case !ok:
		why = fmt.Sprintf("it states the version %s of the specification, which is not of the form 1.0 or 1.0.31", safe.Cut(version, 60))
	case parts[0] != "1":
		why = fmt.Sprintf("it states the version %s of the specification", safe.Cut(version, 60))
	default:
		return nil
	}
	return []finding.Finding{finding.New(finding.SpecVersion, subject, "%s", why)}
}
