package cast

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestEachLineIsWhatPlayersTake(t *testing.T) {
	events := []Event{
		{0, "\x1b[?1049h"},
		{1234567 * time.Microsecond, "▕█▏ <b> & \"quoted\" \\ \r\n"},
		{2 * time.Second, "\u2028"},
	}
	var b bytes.Buffer
	if err := Write(&b, 120, 36, "a tape", events); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 1+len(events) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), 1+len(events), b.String())
	}
	var h map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &h); err != nil {
		t.Fatal(err)
	}
	if h["version"] != 2.0 || h["width"] != 120.0 || h["height"] != 36.0 || h["title"] != "a tape" {
		t.Errorf("the header is %s", lines[0])
	}
	for i, line := range lines[1:] {
		var e [3]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("line %d: %v", i+2, err)
		}
		if e[1] != "o" || e[2] != events[i].Text {
			t.Errorf("line %d is %s", i+2, line)
		}
		if got := e[0].(float64); got < events[i].At.Seconds()-0.001 || got > events[i].At.Seconds()+0.001 {
			t.Errorf("line %d is at %v, want %v", i+2, got, events[i].At)
		}
	}
}
