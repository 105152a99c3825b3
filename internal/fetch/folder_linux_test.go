package fetch

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/tufinspect/internal/finding"
)

func TestFolderWithoutPermission(t *testing.T) {
	dir := folder(t, map[string]string{"closed": "x", "shut/x": "x"})
	for name, mode := range map[string]os.FileMode{"closed": 0, "shut": 0} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "shut"), 0o755) })
	c := newClient(t, Options{})
	errs := make(chan error, 2)
	go func() {
		// The superuser reads everything, so this thread becomes somebody else for
		// the file system. It stays locked: the thread ends with the goroutine.
		runtime.LockOSThread()
		if os.Getuid() == 0 {
			_ = unix.Setfsuid(65534)
		}
		for _, name := range []string{"closed", "shut/x"} {
			_, err := c.Get(t.Context(), file(dir, name), io.Discard, nil)
			errs <- err
		}
	}()
	for range 2 {
		err := <-errs
		if e := (outcome{err: err}).failure(t); e.Kind != finding.Forbidden || e.Text != "permission denied" || e.Retry {
			t.Errorf("got %+v", e)
		}
	}
}
