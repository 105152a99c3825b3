package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"example.com/tufinspect/internal/alive"
)

// diskLimit is how long a disk may take for a file of metadata.
const diskLimit = 30 * time.Second

// Folder is the Cache in a folder: the file of a role is its quoted name and
// ".json", without a version. Where a system has other ideas of that name, more of it
// is quoted.
type Folder struct {
	Dir string
	// Limit is the most bytes of a file that are read.
	Limit int64
}

func (f Folder) path(role string) string {
	name := quote(role)
	if foldsCase {
		name = withoutCapitals(name)
	}
	return filepath.Join(f.Dir, free(name+".json"))
}

// foldsCase says that "ROOT.json" may be the file "root.json": a role must not get at
// the trusted root by its name.
const foldsCase = runtime.GOOS == "windows" || runtime.GOOS == "darwin"

// withoutCapitals quotes the large letters of a quoted name, too.
func withoutCapitals(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '%': // and two digits, which are no letters of the name
			b.WriteString(name[i : i+3])
			i += 2
		case c >= 'A' && c <= 'Z':
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Read is part of Cache.
func (f Folder) Read(role string) ([]byte, error) {
	path := f.path(role)
	return alive.Within(diskLimit, "reading the cache: the disk", func() ([]byte, error) { return readRegular(path, f.Limit) })
}

// readRegular reads a file that is one: the open of a pipe might never end.
func readRegular(path string, limit int64) ([]byte, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return data, err
}

func openRegular(path string) (*os.File, error) {
	switch st, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	}
	return os.Open(path)
}

// Write is part of Cache.
func (f Folder) Write(role string, data []byte) error {
	path := f.path(role)
	_, err := alive.Within(diskLimit, "writing the cache: the disk", func() (struct{}, error) {
		p, err := createPending(path)
		if err != nil {
			return struct{}{}, err
		}
		defer p.Abandon()
		if _, err := p.Write(data); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.Commit()
	})
	return err
}

// Files is the Store in a folder: a target file is called by its quoted path.
type Files struct{ Dir string }

func (f Files) path(target string) string {
	name := quote(target)
	if name == "." || name == ".." { // the folder itself, and the one above it
		name = strings.ReplaceAll(name, ".", "%2E")
	}
	return filepath.Join(f.Dir, free(name))
}

// Open is part of Store.
func (f Files) Open(path string) (io.ReadCloser, error) {
	file, err := openRegular(f.path(path))
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Create is part of Store.
func (f Files) Create(path string) (Pending, error) {
	p, err := createPending(f.path(path))
	if err != nil {
		return nil, err
	}
	return p, nil
}

// pending is a file under a name for the time being.
type pending struct {
	*os.File
	path string
	done bool
}

func createPending(path string) (*pending, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return nil, err
	}
	return &pending{File: f, path: path}, nil
}

// Commit gives the file its own name, in place of one that has it. It is complete on
// the disk by then.
func (p *pending) Commit() error {
	err := errors.Join(p.Sync(), p.Close())
	if err == nil {
		err = os.Rename(p.Name(), p.path)
	}
	p.done = err == nil
	return err
}

// Abandon removes what was not committed.
func (p *pending) Abandon() {
	if !p.done {
		_ = p.Close()
		_ = os.Remove(p.Name())
	}
}
