package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Repository is a built repository: files by their paths below its root, as in
// "timestamp.json" and "targets/a/HASH.b". It is safe for concurrent use, so
// that a file can be changed while it is served; a response that has begun goes
// on with the old content.
type Repository struct {
	start  time.Time
	dir    string // of metadata, "" or with a slash at its end
	ring   *keyring
	meta   map[string]*signedRole
	listed []Listed

	mu    sync.RWMutex
	files map[string]*file
}

// file is one file.
type file struct {
	body
	plain string // the path without version and hash
	tag   string
}

// signedRole is where a role's file is and who signed it.
type signedRole struct {
	path       string
	signatures []Signature
}

// Listed is a target as a role lists it.
type Listed struct {
	Role   string
	Path   string
	Length int64
	Hashes map[string]string // hexadecimal, by algorithm
	// Files are the paths in the repository where a client may look for it: one
	// for each hash with consistent snapshots, else one.
	Files []string
}

// ErrNotThere is in the error for a path that the repository does not have.
var ErrNotThere = fmt.Errorf("no such file in the repository: %w", fs.ErrNotExist)

func newRepository(s Spec) *Repository {
	r := &Repository{start: s.Start, meta: map[string]*signedRole{}, files: map[string]*file{}}
	if d := strings.Trim(s.MetadataDir, "/"); d != "" {
		r.dir = d + "/"
	}
	return r
}

func (r *Repository) inMetadata(name string) string { return r.dir + name }

// Start is the moment of publication, Spec.Start with its default.
func (r *Repository) Start() time.Time { return r.start }

// Root gives version n of the root, or nil if there is none.
func (r *Repository) Root(n int) []byte {
	data, err := r.ReadFile(r.inMetadata(strconv.Itoa(n) + "." + metadata.ROOT + ".json"))
	if err != nil {
		return nil
	}
	return data
}

// MetaFile gives the path of a role's file, or "" if there is no such role. A
// root is named with its version: "1.root".
func (r *Repository) MetaFile(role string) string {
	if m, ok := r.meta[role]; ok {
		return m.path
	}
	return ""
}

// Targets gives all that is listed, role by role in the order of the Spec (a
// role before those that it delegates to).
func (r *Repository) Targets() []Listed { return slices.Clone(r.listed) }

// Target gives the first listing of a target path.
func (r *Repository) Target(path string) (Listed, bool) {
	i := slices.IndexFunc(r.listed, func(l Listed) bool { return l.Path == path })
	if i < 0 {
		return Listed{}, false
	}
	return r.listed[i], true
}

// Paths gives the paths of all files, sorted.
func (r *Repository) Paths() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.files))
}

// Open gives a file's content. Readers are independent of each other.
func (r *Repository) Open(path string) (*io.SectionReader, error) {
	f, ok := r.file(path)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotThere}
	}
	return f.open(), nil
}

// ReadFile gives a file's content in memory. The caller may change it.
func (r *Repository) ReadFile(path string) ([]byte, error) {
	content, err := r.Open(path)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(content)
}

// Set puts a file in place of the one at the path, or a new one there. Nothing
// that lists it changes.
func (r *Repository) Set(path string, data []byte) {
	data = slices.Clone(data)
	sum := sha256.Sum256(data)
	f := &file{
		body:  body{size: int64(len(data)), data: data},
		plain: r.plain(path),
		tag:   `"` + hex.EncodeToString(sum[:16]) + `"`,
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old, ok := r.files[path]; ok {
		f.plain = old.plain
	}
	r.files[path] = f
}

// Remove takes a file away, and tells whether it was there.
func (r *Repository) Remove(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.files[path]
	delete(r.files, path)
	return ok
}

// Resign edits a role's signed object and signs it again as it was signed
// before. Whatever lists the file's length or hash still lists the old ones.
// Numbers in the object are of type json.Number until they are set.
func (r *Repository) Resign(role string, edit func(signed map[string]any)) error {
	m, ok := r.meta[role]
	if !ok {
		return fmt.Errorf("signing %s again: no such role", role)
	}
	return r.resign(m, edit, m.signatures)
}

// ResignBy does what [Repository.Resign] does, with other signatures.
func (r *Repository) ResignBy(role string, edit func(signed map[string]any), by ...Signature) error {
	m, ok := r.meta[role]
	if !ok {
		return fmt.Errorf("signing %s again: no such role", role)
	}
	return r.resign(m, edit, by)
}

func (r *Repository) resign(m *signedRole, edit func(map[string]any), by []Signature) error {
	data, err := r.ReadFile(m.path)
	if err != nil {
		return fmt.Errorf("signing again: %w", err)
	}
	signed, err := decodeSigned(data)
	if err != nil {
		return fmt.Errorf("signing %s again: %w", m.path, err)
	}
	if edit != nil {
		edit(signed)
	}
	r.mu.Lock()
	data, err = r.ring.file(signed, by) // the lock also guards the keyring
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("signing %s again: %w", m.path, err)
	}
	r.Set(m.path, data)
	return nil
}

// WriteTo writes the repository into a folder, which is made if need be. Files
// that are there already are replaced. A path that leads out of the folder, or
// that is not the plainest way to write it, is an error before anything is
// written.
func (r *Repository) WriteTo(dir string) error {
	paths := r.Paths()
	for _, p := range paths {
		if !filepath.IsLocal(filepath.FromSlash(p)) || path.Clean(p) != p {
			return fmt.Errorf("writing a repository: %q cannot be a file below a folder", p)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing a repository: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("writing a repository: %w", err)
	}
	defer root.Close()
	for _, p := range paths {
		if err := r.writeFile(root, p); err != nil {
			return fmt.Errorf("writing a repository: %w", err)
		}
	}
	return nil
}

func (r *Repository) writeFile(root *os.Root, name string) (err error) {
	content, err := r.Open(name)
	if err != nil {
		return nil // removed since the paths were listed
	}
	if err := root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o755); err != nil {
		return err
	}
	f, err := root.Create(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, content)
	return err
}

// file gives the file at a path.
func (r *Repository) file(path string) (*file, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	f, ok := r.files[path]
	return f, ok
}

// plain takes the folder and the version from the path of a metadata file. Of
// other paths it cannot tell a hash from a name, and leaves them as they are.
func (r *Repository) plain(p string) string {
	name, ok := strings.CutPrefix(p, r.dir)
	if !ok || strings.Contains(name, "/") || !strings.HasSuffix(name, ".json") {
		return p
	}
	version, rest, ok := strings.Cut(name, ".")
	if _, err := strconv.ParseUint(version, 10, 63); ok && err == nil && rest != "json" {
		return rest
	}
	return name
}
