package memory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// DefaultWait is how long another process may hold the lock.
const DefaultWait = 10 * time.Second

// Store is the memory of one repository. Several, of several processes too, may stand
// for the same one; one of them is for one goroutine.
type Store struct {
	folder     string // of this repository
	repository string // for people, printable
	wait       time.Duration

	read    time.Time // At of what was loaded
	damaged bool      // what was there could not be used
}

// New gives the memory of a repository in the folder dir, without touching it. The
// address is normalised; shown is the same for people, printable and without secrets.
func New(dir, repository, shown string, wait time.Duration) *Store {
	return &Store{folder: filepath.Join(dir, nameOf(repository)), repository: shown, wait: wait}
}

// Folder is where the memory lies.
func (s *Store) Folder() string { return s.folder }

func (s *Store) path() string { return filepath.Join(s.folder, "memory") }

// about is the file that says which repository the folder is about.
func (s *Store) about() string { return filepath.Join(s.folder, "repository.txt") }

// DamagedError says that there is a memory which cannot be used.
type DamagedError struct {
	Path string
	Err  error
}

// Error is part of error.
func (e *DamagedError) Error() string { return fmt.Sprintf("%s: %v", e.Path, e.Err) }

// Unwrap is part of error.
func (e *DamagedError) Unwrap() error { return e.Err }

// errHeld says that another process has held the lock for too long.
var errHeld = errors.New("another tufinspect holds the lock")

// Say gives the finding for an error of a Store.
func Say(err error) finding.Finding {
	id := finding.MemoryUnavailable
	var damaged *DamagedError
	if errors.As(err, &damaged) {
		id = finding.MemoryDamaged
	}
	return finding.New(id, "repository", "%s", safe.Error(err))
}

// Load gives what is remembered, or nil if there is nothing. It waits for the lock as
// long as the Store does, and for the disk as long as that takes. An error is a
// [DamagedError], or says that the memory cannot be reached.
func (s *Store) Load(ctx context.Context) (*trust.Remembered, error) {
	if _, err := os.Lstat(s.path()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	m, err := s.load()
	if err == nil && m != nil {
		s.read = m.At
	}
	var damaged *DamagedError
	s.damaged = errors.As(err, &damaged)
	return m, err
}

func (s *Store) load() (*trust.Remembered, error) {
	text, err := s.text(maxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case len(text) > maxSize:
		return nil, &DamagedError{s.path(), fmt.Errorf("it is larger than %s", measure.Size(maxSize))}
	}
	m, err := decode(text)
	if err != nil {
		return nil, &DamagedError{s.path(), err}
	}
	return m, nil
}

// text reads the file, and at most one byte more than most.
func (s *Store) text(most int64) (string, error) {
	info, err := os.Lstat(s.path())
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() { // to open a pipe would wait for somebody who writes to it
		return "", &DamagedError{s.path(), errors.New("it is not a regular file")}
	}
	f, err := os.Open(s.path())
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b strings.Builder
	b.Grow(int(min(info.Size(), most) + 1))
	_, err = io.Copy(&b, io.LimitReader(f, most+1))
	return b.String(), err
}

// Save replaces what is remembered. A memory that another process has written since
// Load, of a later run, is left as it is, and so is one of a later version of this
// program. One that could not be used is put aside.
func (s *Store) Save(ctx context.Context, m *trust.Remembered) error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, path := range []string{s.path(), s.about()} {
		for _, left := range disk.LeftBehind(path) {
			_ = os.Remove(left) // by somebody who was killed; it is in nobody's way
		}
	}
	switch there, err := s.glance(); {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, errNewer):
		return err
	case err != nil, s.damaged:
		if err := os.Rename(s.path(), s.path()+".damaged"); err != nil {
			return err
		}
	case !there.Equal(s.read) && there.After(m.At):
		return nil
	}
	if err := s.describe(); err != nil {
		return err
	}
	if err := disk.WritePrivate(s.path(), func(w io.Writer) error { return encode(w, m) }); err != nil {
		return err
	}
	s.read, s.damaged = m.At.Truncate(time.Second), false
	return nil
}

// glance reads of the file that is there only of when it is.
func (s *Store) glance() (time.Time, error) {
	text, err := s.text(64)
	if err != nil {
		return time.Time{}, err
	}
	body, err := begun(text)
	if err != nil {
		return time.Time{}, &DamagedError{s.path(), err}
	}
	d := decoder{rest: body}
	at := d.time()
	if d.err != nil {
		return at, &DamagedError{s.path(), d.err}
	}
	return at, nil
}

// describe writes down which repository the folder is about.
func (s *Store) describe() error {
	path := s.about()
	text := s.repository + "\n\nThis folder is what tufinspect remembers of this repository. Without it, the next run\n" +
		"cannot tell whether the repository has gone back to an older state.\n"
	// Only a file of the right size is read: a pipe, or a link to a device, has no end.
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.Size() == int64(len(text)) {
		if was, err := os.ReadFile(path); err == nil && string(was) == text {
			return nil
		}
	}
	return disk.WritePrivate(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// lockEvery is how often a lock that is held is tried again.
const lockEvery = 50 * time.Millisecond

// lock takes the lock of the folder, and waits for it. The system lets go of it when
// the process ends, however that is: no lock is left behind.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(s.folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	limit := time.NewTimer(s.wait)
	defer limit.Stop()
	again := time.NewTicker(lockEvery)
	defer again.Stop()
	for {
		switch held, err := disk.Lock(f); {
		case err != nil:
			return nil, errors.Join(fmt.Errorf("locking %s: %w", f.Name(), err), f.Close())
		case !held:
			return func() { _ = f.Close() }, nil
		}
		select {
		case <-again.C:
		case <-limit.C:
			return nil, errors.Join(fmt.Errorf("%w %s, and has done so for %s", errHeld, f.Name(), measure.Seconds(s.wait)), f.Close())
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("%w %s, and it was not waited for: %w", errHeld, f.Name(), context.Cause(ctx)), f.Close())
		}
	}
}
