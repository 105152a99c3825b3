package canon

import (
	"encoding/json"
	"strings"
)

// Version is the version that a file states of itself, signed.version, or -1. Names count
// as they do to the standard library: in any case, and of several the last one.
func Version(file []byte) int64 {
	version := int64(-1)
	s := &strict{data: file}
	of := func(name span, want string, value func() bool) bool {
		switch got := s.bytes(name); {
		case string(got) == want:
			return value()
		case strings.EqualFold(string(got), want):
			return false
		}
		return s.value(2)
	}
	read := func() bool { s.peek(); return s.at < len(file) && s.data[s.at] != '-' && s.readNumber(&version) }
	plain := s.object(0, func(name span) bool {
		return of(name, "signed", func() bool {
			return s.object(1, func(name span) bool { return of(name, "version", read) })
		})
	})
	if s.peek(); plain && s.at == len(file) {
		return version
	}
	var outer struct {
		Signed struct {
			Version *int64 `json:"version"`
		} `json:"signed"`
	}
	if json.Unmarshal(file, &outer) != nil || outer.Signed.Version == nil {
		return -1
	}
	return *outer.Signed.Version
}

func (s *strict) readNumber(to *int64) (ok bool) {
	*to, ok = s.natural()
	return ok
}
