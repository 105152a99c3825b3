package engine

import (
	"context"
	"errors"
	"hash/maphash"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

const (
	// treeLimit is how long the files of a folder are looked through, and treeLost
	// when that counts as lost: a disk that does not answer cannot be interrupted.
	treeLimit = 10 * time.Second
	treeLost  = treeLimit + 5*time.Second
	// mostFiles is how many of them are looked at.
	mostFiles = 4 << 20
)

// Files is a Source that can name the files of a folder. *fetch.Client is one.
type Files interface {
	// Files names the regular files below a folder until each returns false or ctx
	// is done. It follows no symbolic link.
	Files(ctx context.Context, base string, each func(name string) bool) error
}

// unlisted looks for files among the targets that no role lists, which only a folder
// can tell. It is done when all roles are known: before, anything may be listed.
type unlisted struct {
	news     chan treeNews         // from looks
	open     map[trust.RoleID]bool // roles that are not known, or were refused
	looked   bool                  // with what is listed now
	look     *treeLook             // under way, or nil
	findings []finding.Finding
}

// treeLook is a look through a folder.
type treeLook struct {
	cancel context.CancelFunc
	giveUp time.Duration // when it counts as lost
}

// treeNews is what a look found.
type treeNews struct {
	look  *treeLook
	found stray
	fault *InspectorFault
}

// stray are files that no role lists.
type stray struct {
	names []string // the first ones, sorted
	n     int
	old   map[string]string // of those, the target that it is another content of
	more  bool              // not all files were looked at
}

// role notes whether what a role lists is known.
func (u *unlisted) role(role *trust.Role) {
	switch {
	case role.Parent == "": // a root lists no targets
	case role.State == trust.Accepted:
		delete(u.open, role.ID)
	default:
		if u.open == nil {
			u.open = map[trust.RoleID]bool{}
		}
		u.open[role.ID] = true
	}
}

// lookForUnlisted begins to look through the folder of the targets, if there is one
// and it is time to. It tells whether a look is under way.
func (r *run) lookForUnlisted() bool {
	u := &r.transport.folder
	if u.look != nil {
		return true
	}
	source, ok := r.cfg.Source.(Files)
	at := r.layout.current()
	if !ok || u.looked || !r.layout.known || r.cfg.MetadataOnly || r.stopping != nil || !fetch.IsFolder(at.targets) {
		return false
	}
	targets, known := r.allTargets()
	u.looked, u.findings = known, nil
	if !known {
		return false
	}
	ctx, cancel := context.WithTimeout(r.ctx, treeLimit)
	look := &treeLook{cancel: cancel, giveUp: r.hub.now() + treeLost}
	u.look = look
	news := u.news
	send := func(n treeNews) {
		n.look = look
		select {
		case news <- n:
		case <-r.over:
		}
	}
	spawn("tree", "files of the targets' folder", func() {
		send(treeNews{found: findStray(ctx, source, at, targets)})
	}, func(f InspectorFault) { send(treeNews{fault: &f}) })
	return true
}

// allTargets gives all targets that are listed, and whether these are all that any
// role lists.
func (r *run) allTargets() ([]*trust.Target, bool) {
	if len(r.transport.folder.open) > 0 {
		return nil, false
	}
	for k := range r.notes {
		if k.id == finding.WalkLimit {
			return nil, false
		}
	}
	var all []*trust.Target
	for i := range r.items.Len() {
		switch it := r.items.At(i); {
		case it.kind == Metadata && (it.state == Failed || it.state == Cancelled) && !it.outdated:
			return nil, false
		case it.kind == Target && !it.outdated:
			all = append(all, it.as)
		}
	}
	return all, true
}

// lookedThrough takes what a look found, unless it was given up meanwhile.
func (r *run) lookedThrough(n treeNews) {
	u := &r.transport.folder
	if u.look != n.look {
		return
	}
	u.look.cancel()
	u.look = nil
	if n.fault != nil {
		r.fault(*n.fault)
		return
	}
	u.findings = n.found.said()
}

// watchTree gives up a look that does not end, without a word: what it would have found
// changes no verdict, so that its lack must not either.
func (r *run) watchTree(now time.Duration) {
	if u := &r.transport.folder; u.look != nil && now >= u.look.giveUp {
		u.look.cancel()
		u.look = nil
	}
}

// findStray looks through the folder, on a goroutine of its own.
func findStray(ctx context.Context, source Files, at place, targets []*trust.Target) stray {
	listed := listedNames(targets)
	metadata, among := fetch.Inside(at.targets, at.metadata)
	var s stray
	seen := 0
	err := source.Files(ctx, at.targets, func(name string) bool {
		if seen++; seen > mostFiles {
			return false
		}
		switch {
		case listed.has(name), !asInMetadata(name):
		case among && metadata == "." && !strings.Contains(name, "/") && strings.HasSuffix(name, ".json"):
		case among && strings.HasPrefix(name, metadata+"/"):
		default:
			s.add(name)
		}
		return true
	})
	s.more = seen > mostFiles || errors.Is(err, context.DeadlineExceeded)
	s.old = map[string]string{}
	for _, name := range s.names {
		if target, ok := withoutHash(name); ok && listed.has(target) {
			s.old[name] = target
		}
	}
	return s
}

// asInMetadata tells whether a name on this disk looks as it does in metadata: macOS
// gives letters with marks in another form.
func asInMetadata(name string) bool {
	return runtime.GOOS != "darwin" || strings.IndexFunc(name, func(c rune) bool { return c > 0x7f }) < 0
}

// withoutHash takes the hash off a name of a consistent snapshot.
func withoutHash(name string) (string, bool) {
	dir, base := path.Split(name)
	sum, rest, ok := strings.Cut(base, ".")
	ok = ok && rest != "" && (len(sum) == 64 || len(sum) == 128) && strings.Trim(sum, "0123456789abcdefABCDEF") == ""
	return dir + rest, ok
}

func (s *stray) add(name string) {
	s.n++
	if len(s.names) == mostSaid && name > s.names[mostSaid-1] {
		return
	}
	i, _ := slices.BinarySearch(s.names, name)
	s.names = slices.Insert(s.names, i, name)
	s.names = s.names[:min(len(s.names), mostSaid)]
}

func (s *stray) said() []finding.Finding {
	var list []finding.Finding
	for _, name := range s.names {
		text := "no role lists this file"
		if target, ok := s.old[name]; ok {
			text = "no role lists this content of " + safe.Text(target)
		}
		list = append(list, finding.New(finding.UnlistedFile, safe.Text(name), "%s", text))
	}
	if rest := s.n - len(s.names); rest > 0 || s.more {
		text := "… and " + counted(rest, "more file") + " that no role lists"
		if s.more {
			text += ", as far as the folder was looked through"
		}
		list = append(list, finding.New(finding.UnlistedFile, "repository", "%s", text))
	}
	return list
}

// names is a set of names, of each of which eight bytes are kept. One in very many
// names that are not in it may seem to be.
type names struct {
	seed maphash.Seed
	sums []uint64 // sorted
}

// listedNames has every name under which a listed target may lie, with a hash before
// it or not. Small letters count as large ones, as on many disks they do.
func listedNames(targets []*trust.Target) *names {
	n := &names{seed: maphash.MakeSeed()}
	for _, t := range targets {
		plain := path.Clean(t.Path)
		n.sums = append(n.sums, n.sum(plain))
		for _, h := range t.Hashes {
			n.sums = append(n.sums, n.sum(trust.HashedName(plain, h.Sum)))
		}
	}
	slices.Sort(n.sums)
	return n
}

func (n *names) sum(name string) uint64 { return maphash.String(n.seed, strings.ToLower(name)) }

func (n *names) has(name string) bool {
	_, ok := slices.BinarySearch(n.sums, n.sum(name))
	return ok
}
