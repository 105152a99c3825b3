// Package disk writes files such that a reader never sees half of one, and a crash or a
// full disk does not cost the one that was there before.
package disk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// permissions of new files: the umask decides, or nobody else reads them.
const (
	forAll   fs.FileMode = 0o666
	forOwner fs.FileMode = 0o600
)

// WriteFile makes the file path with what write writes: whole, or not at all. It is
// written beside its place, then renamed, so that a reader never sees half of it and
// a full disk does not cost the one from yesterday. A symbolic link is
// followed; what is not a regular file (a device, a pipe) is written to directly.
// Every error names the path.
func WriteFile(path string, write func(io.Writer) error) error {
	if err := writeFile(path, write); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// WritePrivate does what [WriteFile] does with a file that only its owner may read,
// whatever was there before: that is replaced, a symbolic link too. It does not follow
// one, so that nobody can have it write elsewhere.
func WritePrivate(path string, write func(io.Writer) error) error {
	if err := replace(path, forOwner, 0, write); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// LeftBehind gives the files that writers of path have left behind when they were
// killed, and those that are being written.
func LeftBehind(path string) []string {
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp"))
	if err != nil {
		return nil // the folder's name has characters that mean something to Glob
	}
	var left []string
	for _, n := range names {
		if strings.HasPrefix(filepath.Base(n), filepath.Base(path)+".") {
			left = append(left, n)
		}
	}
	return left
}

func writeFile(path string, write func(io.Writer) error) error {
	if path == "" {
		return errors.New("the path is empty")
	}
	mode := fs.FileMode(0)
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return errors.New("it is a folder")
	case err == nil && !info.Mode().IsRegular():
		return writeDirect(path, write)
	case err == nil:
		mode = info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return Reason(err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return Reason(err)
	}
	return replace(path, forAll, mode, write)
}

// replace puts a new file in the place of path. It is made with the permissions perm,
// and has those of mode in the end, if that is not 0.
func replace(path string, perm, mode fs.FileMode, write func(io.Writer) error) error {
	f, err := createBeside(path, perm)
	if err != nil {
		return Reason(err)
	}
	err = fill(f, write)
	if err == nil && mode != 0 {
		err = f.Chmod(mode) // the file that it replaces may be for fewer eyes
	}
	if err == nil {
		err = f.Sync() // renamed before its bytes are on disk, it could be empty after a crash
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(Reason(err), os.Remove(f.Name()))
	}
	return nil
}

// createBeside makes a file of a new name in the folder of path. Unlike
// os.CreateTemp it leaves the permissions to the umask, as for any new file.
func createBeside(path string, perm fs.FileMode) (*os.File, error) {
	var err error
	for n := range 1000 {
		var f *os.File
		name := fmt.Sprintf("%s.%d-%d.tmp", path, os.Getpid(), n)
		if f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm); !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, err
}

// writeDirect does not wait for a reader of a named pipe: without one it fails.
func writeDirect(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return Reason(err)
	}
	return Reason(errors.Join(fill(f, write), f.Close()))
}

func fill(f *os.File, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(f, 64<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
