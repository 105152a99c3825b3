package trust

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/canon"
)

// Whatever stands around or in a file, what is said of it is printable, and a signed
// object that is said to be written otherwise is.
func FuzzReceived(f *testing.F) {
	for _, s := range []string{
		"", "\xef\xbb\xbf{}", `{"signed":{}}x`, `<html>`, `{"signed":`,
		`{"signatures":[],"signed":{"_type":"targets","version":1,"expires":"2026-05-30T12:00:00+00:00","targets":{"a":{"length":1,"hashes":{"sha256":"AA"},"custom":null}}}}`,
		`{"signatures":[],"signed":{"_type":"targets","version":1,"expires":"2026-05-30T12:00:00Z","x":18446744073709551617,"delegations":{"roles":[{"name":"a"}]}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var md *metadata.Metadata[metadata.TargetsType]
		err := guard(reading, func() (err error) { md, err = metadata.Targets().FromBytes(data); return })
		if err != nil {
			if said := unparsable("a", data, err).Message; said == "" || strings.ContainsAny(said, "\n\x1b") {
				t.Fatalf("%q is said to be %q", data, said)
			}
			return
		}
		r := receive(data, md)()
		if r == nil {
			return
		}
		if said := r.difference(); strings.ContainsAny(said, "\n\x1b") {
			t.Fatalf("it says %q", said)
		}
		made, err := json.Marshal(md.Signed)
		if err != nil || r.unwritable != "" {
			return
		}
		v, err := canon.Parse(made)
		if err != nil {
			return
		}
		if form, err := canon.Encode(v); err == nil && string(form) == string(r.message) {
			t.Fatalf("%q is said to be written otherwise: %s", data, r.difference())
		}
	})
}
