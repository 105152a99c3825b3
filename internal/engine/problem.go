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
	if it := &r.items[id]; it.length >= 0 && fe.Kind == finding.WrongLength {
		p.Evidence = map[string]string{"length want": fmt.Sprint(it.length)}
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

// stallText says where an attempt is silent: short, for a column.
func stallText(p fetch.Phase) string {
	switch p {
	case fetch.Queued, fetch.Pool:
		return "no free connection"
	case fetch.DNS:
		return "no DNS answer"
	case fetch.Connect:
		return "connect unanswered"
	case fetch.Proxy:
		return "proxy silent"
	case fetch.TLS:
		return "no TLS hello"
	case fetch.Send:
		return "request not taken"
	case fetch.Headers:
		return "no first byte"
	case fetch.Body:
		return "no body byte"
	}
	return "still verifying"
}

// causeOf says what the phase alone tells of a stall, and whose fault it looks
// like.
func causeOf(p fetch.Phase) string {
	switch p {
	case fetch.Queued, fetch.Pool:
		return "inspector: all connections are in use"
	case fetch.DNS:
		return "dns: the resolver has not answered"
	case fetch.Connect:
		return "network: the connection attempt is unanswered"
	case fetch.Proxy:
		return "proxy: silent"
	case fetch.TLS:
		return "server or path: the TLS handshake is unanswered"
	case fetch.Send:
		return "network: the request could not be sent"
	case fetch.Headers:
		return "server or path: the request is unanswered"
	case fetch.Body:
		return "server or path: the body has stopped"
	}
	return "inspector: verification is still computing"
}
