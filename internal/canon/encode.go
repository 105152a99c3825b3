package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// Parse reads one JSON document into maps, lists and strings, numbers as they are
// written (json.Number). Of a name that stands twice the last one counts, as readers
// in most languages have it.
func Parse(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading JSON: something follows the end")
	}
	return v, nil
}

// Signed gives what is signed in a file, read as [Parse] does. Names count exactly:
// "Signed" is another one.
func Signed(file []byte) (any, error) {
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(file, &outer); err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	raw, ok := outer["signed"]
	if !ok {
		return nil, errors.New("there is no signed object")
	}
	return Parse(raw)
}

// Encode gives the canonical form of what [Parse] gives. It fails on numbers that are
// not whole, which have none. Whole numbers may be of any size.
func Encode(v any) ([]byte, error) { return encode(nil, v, true) }

// encode appends v; what is not strict is for people to read, and has all numbers.
func encode(b []byte, v any, strict bool) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return quote(b, v), nil
	case json.Number:
		return number(b, string(v), strict)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = encode(b, item, strict); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(quote(b, name), ':')
			if b, err = encode(b, v[name], strict); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}
	return nil, fmt.Errorf("a %T has no canonical form", v)
}

func quote(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

func number(b []byte, n string, strict bool) ([]byte, error) {
	if !strict {
		return append(b, n...), nil
	}
	if n == "-0" { // which is 0, and has one form
		n = "0"
	}
	for i := range len(n) {
		if c := n[i]; (c < '0' || c > '9') && (c != '-' || i > 0) {
			return nil, fmt.Errorf("the number %s is not whole and has no canonical form", cut(n, 40))
		}
	}
	return append(b, n...), nil
}

// cut shortens a text to so many bytes, between runes.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most] + "…"
}
