package fetch

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// treeBatch is how many entries of a folder are read at a time, so that one with
// millions of them takes no more memory than others.
const treeBatch = 1024

// maxTree is how deep below a base its files are looked for.
const maxTree = 64

// Files names the regular files below a folder, with slashes, in no order, until
// each returns false or ctx is done; then the error is context.Cause(ctx). No
// symbolic link is followed, and nothing is opened but folders. A part of the tree
// that cannot be read is passed over. Only folders of this machine have their files
// named; of a server's base nothing is said.
func (c *Client) Files(ctx context.Context, base string, each func(name string) bool) error {
	s, err := c.site(base)
	if err != nil || s.folder == "" {
		return err
	}
	root, err := openFolder(s.folder)
	if err != nil {
		return fileError(err)
	}
	defer root.Close()
	_, err = filesIn(ctx, root, ".", 0, each)
	return err
}

// filesIn names the files of one folder below root, and goes down from there. It
// tells whether to go on.
func filesIn(ctx context.Context, root *os.Root, dir string, depth int, each func(string) bool) (bool, error) {
	local := filepath.FromSlash(dir)
	if info, err := root.Lstat(local); err != nil || !info.IsDir() || depth > maxTree {
		return true, nil // gone or replaced since it was named; a FIFO must not be opened
	}
	f, err := root.OpenFile(local, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return true, nil
	}
	below, more, err := entriesOf(ctx, f, dir, each)
	f.Close() // before going down: the depth must not cost open files
	for _, name := range below {
		if err != nil || !more {
			break
		}
		more, err = filesIn(ctx, root, name, depth+1, each)
	}
	return more, err
}

// entriesOf names the files of one open folder and gives the folders in it.
func entriesOf(ctx context.Context, f *os.File, dir string, each func(string) bool) (below []string, more bool, err error) {
	for {
		if ctx.Err() != nil {
			return nil, false, context.Cause(ctx)
		}
		entries, err := f.ReadDir(treeBatch)
		for _, e := range entries {
			switch name := path.Join(dir, e.Name()); {
			case e.IsDir():
				below = append(below, name)
			case e.Type().IsRegular() && !each(name):
				return nil, false, nil
			}
		}
		if err != nil { // the end, or what cannot be read is passed over
			return below, true, nil
		}
	}
}

// Inside tells where below one folder another one is, with slashes: "." when they are
// the same. It is false when it is not below it, and when either is no folder of this
// machine. Symbolic links are resolved.
func Inside(base, other string) (string, bool) {
	outer, ok := realFolder(base)
	inner, ok2 := realFolder(other)
	if !ok || !ok2 {
		return "", false
	}
	rel, err := filepath.Rel(outer, inner)
	rel = filepath.ToSlash(rel)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return "", false
	}
	return rel, true
}

// IsFolder tells whether a base is a folder of this machine.
func IsFolder(base string) bool {
	s, err := parseSite(base)
	return err == nil && s.folder != ""
}

func realFolder(base string) (string, bool) {
	s, err := parseSite(base)
	if err != nil || s.folder == "" {
		return "", false
	}
	abs, err := filepath.Abs(s.folder)
	if err != nil {
		return "", false
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	return abs, true
}
