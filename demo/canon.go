package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
)

// form is a way to write a document. Both sort the fields of objects, so that
// the same document is always the same bytes.
type form uint8

const (
	canonical form = iota // what is signed: as cjson.EncodeCanonical
	plainJSON             // what is in the file: as json.Marshal
)

var whole = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// append appends v. It writes the types of which this package builds its
// documents by itself, which is several times faster for large roles, and leaves
// all others to cjson and encoding/json.
func (f form) append(b []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case json.Number:
		// Whole numbers of any size, of which cjson writes only those of 64 bits.
		if whole.MatchString(string(v)) {
			return append(b, v...), nil
		}
		return f.appendForeign(b, v)
	case string:
		return f.appendString(b, v)
	case []any:
		if v == nil {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = f.append(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		if v == nil {
			return append(b, "null"...), nil
		}
		return f.appendObject(b, v)
	default:
		return f.appendForeign(b, v)
	}
}

func (f form) appendObject(b []byte, object map[string]any) ([]byte, error) {
	keys := make([]string, 0, len(object))
	for k := range object {
		if !utf8.ValidString(k) {
			// Replacing bytes may change the order and merge keys.
			return f.appendForeign(b, object)
		}
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = f.appendString(b, k); err != nil {
			return nil, err
		}
		if b, err = f.append(append(b, ':'), object[k]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendForeign leaves a value to those who know all types.
func (f form) appendForeign(b []byte, v any) ([]byte, error) {
	write := json.Marshal
	if f == canonical {
		write = cjson.EncodeCanonical
	}
	data, err := write(v)
	if err != nil {
		return nil, fmt.Errorf("writing a %T: %w", v, err)
	}
	return append(b, data...), nil
}

// appendString appends a string. Canonical JSON escapes backslash and quote and
// nothing else, so it is not JSON where strings hold control characters.
func (f form) appendString(b []byte, s string) ([]byte, error) {
	if f == plainJSON {
		for i := range len(s) {
			if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
				return f.appendForeign(b, s)
			}
		}
	}
	if !utf8.ValidString(s) {
		s = string([]rune(s)) // as encoding/json does: each bad byte is U+FFFD
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"'), nil
}

// decodeSigned reads the signed object of a file, numbers as json.Number.
func decodeSigned(data []byte) (map[string]any, error) {
	var doc struct {
		Signed map[string]any `json:"signed"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	if doc.Signed == nil {
		return nil, errors.New("reading: there is no signed object")
	}
	return doc.Signed, nil
}
