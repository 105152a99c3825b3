package har

import (
	"encoding/json"
	"strconv"
	"time"
)

// draft is JSON in the making. Its parts are written one after the other and not by
// encoding/json, which takes several times as long: there may be a million entries, and
// after a signal a run has seconds.
type draft struct{ b []byte }

// raw adds what is JSON already.
func (t *draft) raw(s string) { t.b = append(t.b, s...) }

// text adds a string.
func (t *draft) text(s string) {
	if !plain(s) {
		quoted, _ := json.Marshal(s) // a string always can
		t.b = append(t.b, quoted...)
		return
	}
	t.b = append(t.b, '"')
	t.b = append(t.b, s...)
	t.b = append(t.b, '"')
}

// plain tells a string that stands between quotes as it is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// optional adds a field, unless its value is empty. before is what stands before the
// value.
func (t *draft) optional(before, value string) {
	if value != "" {
		t.raw(before)
		t.text(value)
	}
}

func (t *draft) int(n int64) { t.b = strconv.AppendInt(t.b, n, 10) }

// millis adds a time in milliseconds, to the microsecond.
func (t *draft) millis(d time.Duration) { t.micros(micros(d)) }

// micros adds a number of microseconds as milliseconds; [none] is -1.
func (t *draft) micros(n int64) {
	if n == none {
		t.raw("-1")
		return
	}
	t.b = strconv.AppendFloat(t.b, float64(n)/1000, 'f', -1, 64)
}
