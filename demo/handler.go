package demo

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxLog is how many requests the log holds; older ones are forgotten.
const maxLog = 16384

// Handler serves a repository and its faults. Use it with [net/http/httptest]
// where TLS or HTTP/2 matter, and [Serve] where they do not. Faults may be set,
// cleared and released at any time.
//
// A path in SetFault, Requests and their like is a path in the repository
// ("timestamp.json", "targets/a/HASH.b"), or the same without version and hash
// ("snapshot.json", "targets/a/b", which mean all versions and all copies), or a
// pattern over either: ? is one character and * any number, both without
// slashes, and ** is any number with them.
type Handler struct {
	latency time.Duration
	rate    int64
	outages []Outage
	ctx     context.Context // done when the handler is closed
	cancel  context.CancelFunc

	mu      sync.Mutex
	repo    *Repository
	clock   clock
	rules   []*rule // the newest last
	counts  map[string]*count
	log     []*Request
	stalled []*stall
}

// count is how often a path was asked for.
type count struct {
	plain string
	n     int
}

// stall is a response that is kept waiting.
type stall struct {
	path, plain string
	release     chan struct{}
}

// Request is an entry of the log.
type Request struct {
	At     time.Time
	Method string
	Path   string // in the repository if it is there, else as it was asked for
	Range  string // the header, or ""
	Proto  string
	Fault  FaultKind
	Status int   // 0 until headers were sent
	Bytes  int64 // of the body, handed to the network so far
	Done   bool
}

// Option changes how a repository is served.
type Option func(*Handler)

// WithLatency makes every answer wait before it begins.
func WithLatency(d time.Duration) Option { return func(h *Handler) { h.latency = d } }

// WithRate limits the body of every response, each on its own, to bytes a
// second. Zero means no limit.
func WithRate(bytesPerSecond int64) Option { return func(h *Handler) { h.rate = bytesPerSecond } }

// WithFault sets faults from the start, as [Handler.SetFault] does.
func WithFault(path string, faults ...Fault) Option {
	return func(h *Handler) { h.SetFault(path, faults...) }
}

// Outage is a time in which a server is away: connections are reset without an
// answer, and paced bodies that are under way break off when it begins.
type Outage struct {
	After time.Duration // since the story began, as for [Fault]
	For   time.Duration
}

// WithOutages makes the server go away and come back.
func WithOutages(outages ...Outage) Option {
	return func(h *Handler) { h.outages = append(h.outages, outages...) }
}

// NewHandler makes a handler of a repository. [Handler.Close] ends what it keeps
// waiting.
func NewHandler(repo *Repository, opts ...Option) *Handler {
	ctx, cancel := context.WithCancel(context.Background())
	h := &Handler{ctx: ctx, cancel: cancel, repo: repo, counts: map[string]*count{}}
	for _, o := range opts {
		o(h)
	}
	return h
}

// Close aborts all responses that are stalled or paced, and all later requests.
// It does not wait for them.
func (h *Handler) Close() { h.cancel() }

// Use serves another repository from now on, in one step, as a publisher would
// wish to. Faults, counts and responses that have begun stay.
func (h *Handler) Use(repo *Repository) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.repo = repo
}

// SetFault says how the files that the path means are served from now on, in
// place of what was set for the same path before. Several faults follow each
// other, each for its Times; when all are used up the files are healthy, or have
// what a wider pattern says. Requests count for each file alone, from this call
// on. An exact path goes before a pattern, and the newer before the older.
func (h *Handler) SetFault(path string, faults ...Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clear(path)
	h.rules = append(h.rules, &rule{pattern: path, faults: slices.Clone(faults), seen: map[string]int{}})
}

// ClearFault takes back what was set for this very path. Responses that are sick
// already stay so until they are released or their client gives up.
func (h *Handler) ClearFault(path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clear(path)
}

func (h *Handler) clear(path string) {
	h.rules = slices.DeleteFunc(h.rules, func(r *rule) bool { return r.pattern == path })
}

// Release lets the stalled and dripping responses of the path go on in health,
// and tells how many there were. Later requests are not affected.
func (h *Handler) Release(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	h.stalled = slices.DeleteFunc(h.stalled, func(s *stall) bool {
		if !matches(path, s.path, s.plain) {
			return false
		}
		close(s.release)
		n++
		return true
	})
	return n
}

// Stalled tells how many responses of the path are silent or dripping now.
func (h *Handler) Stalled(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, s := range h.stalled {
		if matches(path, s.path, s.plain) {
			n++
		}
	}
	return n
}

// Requests tells how often the files of the path were asked for.
func (h *Handler) Requests(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for p, c := range h.counts {
		if matches(path, p, c.plain) {
			n += c.n
		}
	}
	return n
}

// Log gives the newest 16,384 requests in the order of their arrival, as they
// are now.
func (h *Handler) Log() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	log := make([]Request, len(h.log))
	for i, r := range h.log {
		log[i] = *r
	}
	return log
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()

	a := h.accept(req)
	if a.until > 0 {
		defer time.AfterFunc(a.until, cancel).Stop()
	}
	a.handler, a.ctx = h, ctx
	a.ResponseWriter, a.control = w, http.NewResponseController(w)
	defer a.done()
	a.serve(req)
}

// accept finds the file and the fault of a request, and notes both.
func (h *Handler) accept(req *http.Request) *answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &answer{}
	a.path, a.file = lookup(h.repo, req.URL)
	a.plain = a.path
	if a.file != nil {
		a.plain = a.file.plain
	} else {
		a.plain = h.repo.plain(a.path)
	}
	a.modified = h.repo.start

	c, ok := h.counts[a.path]
	if !ok {
		c = &count{plain: a.plain}
		h.counts[a.path] = c
	}
	c.n++

	since, begun := h.clock.ask(a.plain == "timestamp.json")
	a.fault = h.fault(a.path, a.plain, since)
	for _, o := range h.outages {
		switch {
		case !begun:
		case since >= o.After && since < o.After+o.For:
			a.fault = Fault{Kind: Reset}
		case since < o.After && (a.until == 0 || o.After-since < a.until):
			a.until = o.After - since
		}
	}
	if a.rate = a.fault.Rate; a.rate == 0 {
		a.rate = h.rate
	}
	a.entry = &Request{
		At: time.Now(), Method: req.Method, Path: a.path, Range: req.Header.Get("Range"),
		Proto: req.Proto, Fault: a.fault.Kind,
	}
	if len(h.log) == maxLog {
		h.log = append(h.log[:0], h.log[maxLog/4:]...)
	}
	h.log = append(h.log, a.entry)
	return a
}

// fault chooses the fault for one more request of a path.
func (h *Handler) fault(path, plain string, since time.Duration) Fault {
	for _, exact := range []bool{true, false} {
		for _, r := range slices.Backward(h.rules) {
			if r.exactly(path, plain) != exact || !matches(r.pattern, path, plain) {
				continue
			}
			if f, ok := r.next(path, since); ok {
				return f
			}
		}
	}
	return Fault{}
}

// lookup finds the file that a URL asks for: as the path was sent, as it is when
// decoded, and as the file of a role whose name has a slash in it that was not
// escaped. If there is none, the path is given as it is when decoded.
func lookup(repo *Repository, u *url.URL) (string, *file) {
	decoded := strings.TrimPrefix(u.Path, "/")
	candidates := []string{strings.TrimPrefix(u.EscapedPath(), "/"), decoded}
	if name, ok := strings.CutPrefix(decoded, repo.dir); ok {
		candidates = append(candidates, repo.dir+url.PathEscape(name))
	}
	for _, path := range candidates {
		if f, ok := repo.file(path); ok {
			return path, f
		}
	}
	return decoded, nil
}
