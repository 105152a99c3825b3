package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// WriteFile makes the file path with what write writes: whole, or not at all. It is
// written beside its place, then renamed, so that a reader never sees half a
// report and a full disk does not cost the one from yesterday. A symbolic link is
// followed; what is not a regular file (a device, a pipe) is written to directly.
// Every error names the path.
func WriteFile(path string, write func(io.Writer) error) error {
	if err := writeFile(path, write); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
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
			return cause(err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return cause(err)
	}
	f, err := createBeside(path)
	if err != nil {
		return cause(err)
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
		return errors.Join(cause(err), os.Remove(f.Name()))
	}
	return nil
}

// createBeside makes a file of a new name in the folder of path. Unlike
// os.CreateTemp it leaves the permissions to the umask, as for any new file.
func createBeside(path string) (*os.File, error) {
	var err error
	for n := range 1000 {
		var f *os.File
		name := fmt.Sprintf("%s.%d-%d.tmp", path, os.Getpid(), n)
		if f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, err
}

// writeDirect does not wait for a reader of a named pipe: without one it fails.
func writeDirect(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return cause(err)
	}
	return cause(errors.Join(fill(f, write), f.Close()))
}

func fill(f *os.File, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(f, 64<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// cause takes the path out of an error that has it: the caller says it once.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
