package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// explain turns a failed fetch into a problem, and gives how long the server asked
// to wait.
func (r *run) explain(id ItemID, err error) (*Problem, time.Duration) {
	var fe *fetch.Error
	if !errors.As(err, &fe) {
		return &Problem{Kind: finding.InspectorFault, Text: safe.Error(err)}, 0
	}
	p := &Problem{Kind: fe.Kind, Text: fe.Text, Retry: fe.Retry}
	if fe.Status != 0 {
		p.Evidence = map[string]string{"status": fmt.Sprint(fe.Status)}
	}
	if it := r.item(id); it.length() >= 0 && fe.Kind == finding.WrongLength {
		p.Evidence = map[string]string{"length want": fmt.Sprint(it.length())}
	}
	return p, fe.RetryAfter
}

// statusOf is the HTTP status behind a problem, or 0.
func statusOf(p *Problem) int {
	n := 0
	_, _ = fmt.Sscan(p.Evidence["status"], &n)
	return n
}

// remote tells whether there may be caches between us and the file.
func remote(base string) bool { return strings.HasPrefix(base, "http") }

// short says where an attempt is silent, for a column.
func short(it *item, p fetch.Phase) string {
	if !remote(it.base) && (p == fetch.Headers || p == fetch.Body) {
		return "disk silent"
	}
	return p.Info().Short
}
