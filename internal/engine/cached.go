package engine

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// keptFor is how long a cache may keep what has to be fresh, without a word.
const keptFor = 60 * time.Second

// cached knows the answers that must not be old: the timestamp, and that there is no
// later root.
type cached struct {
	stamp  string           // what is wrong with the answer that brought the timestamp, or ""
	roots  map[int64]string // likewise, by the version of a root that is not there
	newest int64            // version of the newest root that was brought
}

// keep looks at an answer, if it is one of those. A later one takes its place.
func (c *cached) keep(it *item, an *fetch.Answer, complete bool) {
	if it.meta == nil {
		return
	}
	if it.meta.name == "timestamp.json" {
		if an.Status == http.StatusOK {
			c.stamp = stored(an)
		}
		return
	}
	v, ok := rootVersion(it.meta.name)
	switch {
	case !ok:
	case complete:
		c.newest = max(c.newest, v)
		delete(c.roots, v)
	case an.Status == http.StatusNotFound, an.Status == http.StatusGone, an.Status == http.StatusForbidden:
		if why := stored(an); why == "" {
			delete(c.roots, v)
		} else if len(c.roots) < mostSaid {
			if c.roots == nil {
				c.roots = map[int64]string{}
			}
			c.roots[v] = fmt.Sprintf("that it is not there (%d) %s", an.Status, why)
		}
	}
}

// rootVersion reads "5.root.json".
func rootVersion(name string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, ".root.json")
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	return v, err == nil
}

// stored says by what an answer is, or may become, an old one; "" if by nothing.
func stored(an *fetch.Answer) string {
	var parts []string
	if an.Age > 0 {
		parts = append(parts, "came from a cache that had kept it for "+measure.Age(an.Age))
	}
	if an.Kept > keptFor {
		parts = append(parts, "may be kept in caches for "+measure.Age(an.Kept))
	}
	return strings.Join(parts, ", and ")
}

func (c *cached) stampFinding() []finding.Finding {
	if c.stamp == "" {
		return nil
	}
	return []finding.Finding{finding.New(finding.TimestampCached, "timestamp", "timestamp.json %s", c.stamp)}
}

// rootFinding is about the root after the last one: that it is not there is what has
// to be fresh. anchor is the version of the trusted root.
func (c *cached) rootFinding(anchor int64) []finding.Finding {
	next := max(c.newest, anchor) + 1
	why := c.roots[next]
	if why == "" {
		return nil
	}
	return []finding.Finding{finding.New(finding.TimestampCached, fmt.Sprintf("root v%d", next), "%s", why)}
}
