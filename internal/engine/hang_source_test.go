package engine

import (
	"context"
	"io"
	"net/url"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// hangSource is the real client. It lets the network know which file a connection
// is dialled for, and sees to it that the sick one gets a connection of its own, or
// another file beside it, whatever the play needs. The first request for the sick
// file waits for that, which takes some milliseconds of fake time.
type hangSource struct {
	*fetch.Client
	net     *hangNetwork
	handler *demo.Handler
	file    hangFile
	base    string
	other   string // name of the target that is under way meanwhile

	ctx    context.Context // of the request that holds the connection
	cancel context.CancelFunc
	wg     sync.WaitGroup

	began atomic.Int64 // when the sick file was asked for first, and when that ended
	ended atomic.Int64
}

// settle lets everything happen that needs no time.
func settle() { time.Sleep(time.Millisecond) }

func (s *hangSource) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	name := key(req.Name)
	ctx = context.WithValue(ctx, fileOf{}, name)
	switch {
	case name == beside:
		settle() // so that what is found at the same time goes first
		settle()
	case name == s.net.sick && s.began.Load() == 0:
		s.prepare()
		s.began.Store(time.Now().UnixNano())
		defer func() { s.ended.Store(time.Now().UnixNano()) }()
	}
	return s.Client.Get(ctx, req, sink, tr)
}

// prepare waits until nothing else is under way, but for a companion, and cuts idle
// connections.
func (s *hangSource) prepare() {
	p := s.net.play
	if p.busy() && s.file.alone {
		settle()
		s.wg.Go(func() {
			ctx := context.WithValue(s.ctx, fileOf{}, beside)
			req := fetch.Request{File: fetch.File{Base: s.base + "/targets", Name: s.other}, Length: -1, Limit: 1 << 20}
			_, _ = s.Client.Get(ctx, req, io.Discard, nil)
		})
	}
	for range 5 { // longer than the other target takes to begin, and to end
		settle()
	}
	s.Client.Close()
	settle()
}

// rest ends the companion that is no item of the run.
func (s *hangSource) rest() {
	s.cancel()
	s.wg.Wait()
}

// nameOf is the name of a target's file below the targets.
func nameOf(repo *demo.Repository, target string) string {
	l, _ := repo.Target(target)
	name, _ := url.PathUnescape(l.Files[0])
	return path.Join(path.Dir(target), path.Base(name))
}
