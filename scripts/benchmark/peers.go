package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// peers are the other programs that are here.
type peers struct {
	curl, sha256sum, aria2c string // paths, or ""
	none                    bool   // run none of them
}

// findPeers looks for them.
func findPeers() peers {
	look := func(name string) string {
		p, err := exec.LookPath(name)
		if err != nil {
			return ""
		}
		return p
	}
	return peers{curl: look("curl"), sha256sum: look("sha256sum"), aria2c: look("aria2c")}
}

// everyone are the peers that fetch and verify targets.
func (s *stage) everyone(r repo) []contender {
	if s.peers.none {
		return nil
	}
	return []contender{
		s.gotuf(r, "go-tuf, 16 at a time", "-n", "16"),
		s.gotuf(r, "go-tuf, as it comes", "-n", "1"),
		s.curl(r), s.aria2(r),
	}
}

func (s *stage) gotuf(r repo, name string, flags ...string) contender {
	argv := append([]string{s.self, "gotuf", "-url", r.url(s.base), "-root", s.in(r, rootFile), "-list", s.in(r, listFile)}, flags...)
	return simple(name, argv...)
}

// curl is what a careful script does: one curl, 16 at a time over kept connections, and one
// sha256sum. It reads no metadata, and writes what it fetches.
func (s *stage) curl(r repo) contender {
	c := contender{name: "curl -Z and sha256sum"}
	if s.peers.curl == "" || s.peers.sha256sum == "" {
		c.absent = "not here"
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
		c.absent = "not here"
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
