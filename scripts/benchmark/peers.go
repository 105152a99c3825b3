package main

import (
	"bufio"
	"context"
	_ "embed" // for the programs in other languages
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// peers are the other programs that are here.
type peers struct {
	curl, sha256sum, aria2c string // paths, or ""
	python, node            string // likewise, of one that has the client's module
	tufJS                   string // the folder whose node_modules has it
	which                   string // allPeers, ownPeers or noPeers
}

// Which peers take part.
const (
	allPeers = "all"
	ownPeers = "own" // go-tuf, which is in this program
	noPeers  = "none"
)

// findPeers looks for them.
func findPeers(ctx context.Context, which, tufJS string) peers {
	p := peers{which: which, tufJS: tufJS}
	if which != allPeers {
		return p
	}
	for name, to := range map[string]*string{
		"curl": &p.curl, "sha256sum": &p.sha256sum, "aria2c": &p.aria2c, "python3": &p.python, "node": &p.node,
	} {
		if path, err := exec.LookPath(name); err == nil {
			*to = path
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if p.python != "" && exec.CommandContext(ctx, p.python, "-c", "import tuf.ngclient").Run() != nil {
		p.python = ""
	}
	if _, err := os.Stat(filepath.Join(tufJS, "node_modules", "tuf-js")); err != nil || tufJS == "" {
		p.node = ""
	}
	return p
}

// everyone are the peers that fetch and verify targets.
func (s *stage) everyone(r repo) []contender {
	if s.peers.which == noPeers {
		return nil
	}
	own := []contender{s.gotuf(r, "go-tuf, 16 at a time", "-n", "16"), s.gotuf(r, "go-tuf, as it comes", "-n", "1")}
	if r.Bins > 0 {
		own = []contender{s.gotuf(r, "go-tuf by hand, 16 at a time", "-walk", "-n", "16"), s.gotuf(r, "go-tuf by hand, as it comes", "-walk", "-n", "1")}
	}
	if s.peers.which == ownPeers {
		return own
	}
	return append(own, s.curl(r), s.aria2(r), s.pythonTUF(r), s.tufJS(r))
}

// lookups are the peers where only metadata counts.
func (s *stage) lookups(r repo, flags ...string) []contender {
	if s.peers.which == noPeers {
		return nil
	}
	return []contender{s.gotuf(r, gotufName, flags...)}
}

// gotufName is go-tuf where only metadata counts.
const gotufName = "go-tuf"

func (s *stage) gotuf(r repo, name string, flags ...string) contender {
	argv := append([]string{s.self, "gotuf", "-url", r.url(s.base), "-root", s.in(r, rootFile), "-list", s.in(r, listFile)}, flags...)
	return simple(name, argv...)
}

//go:embed peer_python.py
var pythonProgram string

//go:embed peer_js.js
var jsProgram string

// pythonTUF is python-tuf's client.
func (s *stage) pythonTUF(r repo) contender {
	return s.script(r, "python-tuf", s.peers.python, "-c", pythonProgram)
}

// tufJS is tuf-js's client.
func (s *stage) tufJS(r repo) contender {
	return s.script(r, "tuf-js", s.peers.node, "-e", jsProgram, "--", s.peers.tufJS)
}

// script is a client in another language: an interpreter, and what it is given before the
// arguments that are the same for all.
func (s *stage) script(r repo, name, interpreter string, program ...string) contender {
	if interpreter == "" {
		return contender{name: name, absent: notHere}
	}
	return contender{name: name, job: func(dir string) (job, error) {
		argv := append([]string{interpreter}, program...)
		return job{dir: dir, argv: append(argv, r.url(s.base), s.in(r, rootFile), s.in(r, listFile), dir)}, nil
	}}
}

// notHere is said of a peer that is not installed.
const notHere = "not here"

// curl is what a careful script does: one curl, 16 at a time over kept connections, and one
// sha256sum. It reads no metadata, and writes what it fetches.
func (s *stage) curl(r repo) contender {
	c := contender{name: "curl -Z and sha256sum"}
	if s.peers.curl == "" || s.peers.sha256sum == "" {
		c.absent = notHere
		return c
	}
	c.job = func(dir string) (job, error) {
		list, err := readList(s.in(r, listFile))
		if err != nil {
			return job{}, err
		}
		err = errors.Join(
			writeLines(filepath.Join(dir, "urls"), list, func(i int, t listed) string {
				return fmt.Sprintf("url=%s/%s\noutput=f%d", r.url(s.base), t.file, i)
			}),
			writeLines(filepath.Join(dir, "sums"), list, func(i int, t listed) string {
				return fmt.Sprintf("%s  f%d", t.sha256, i)
			}))
		return job{dir: dir, argv: []string{"sh", "-c",
			`"$1" -sS --fail -Z --parallel-max 16 -K urls && "$2" --quiet -c sums`, "sh", s.peers.curl, s.peers.sha256sum}}, err
	}
	return c
}

// aria2 has checksums of its own. It reads no metadata either, and writes too.
func (s *stage) aria2(r repo) contender {
	c := contender{name: "aria2c"}
	if s.peers.aria2c == "" {
		c.absent = notHere
		return c
	}
	c.job = func(dir string) (job, error) {
		list, err := readList(s.in(r, listFile))
		if err != nil {
			return job{}, err
		}
		err = writeLines(filepath.Join(dir, "urls"), list, func(i int, t listed) string {
			return fmt.Sprintf("%s/%s\n  out=f%d\n  checksum=sha-256=%s", r.url(s.base), t.file, i, t.sha256)
		})
		return job{dir: dir, argv: []string{s.peers.aria2c, "--no-conf", "-q", "-i", "urls", "-j", "16", "-x", "1",
			"--file-allocation=none", "--check-integrity=true", "--download-result=hide"}}, err
	}
	return c
}

func writeLines(name string, list []listed, line func(i int, t listed) string) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	for i, t := range list {
		fmt.Fprintln(w, line(i, t))
	}
	return w.Flush()
}
