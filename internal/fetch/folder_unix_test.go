//go:build unix

package fetch

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/tufinspect/internal/finding"
)

func TestFolderRefusesWhatIsNoFile(t *testing.T) {
	dir := folder(t, map[string]string{"a": "x"})
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := newClient(t, Options{})
	for name, want := range map[string]string{"fifo": "a named pipe", "socket": "a socket"} {
		if e := get(t, c, file(dir, name)).failure(t); e.Kind != finding.UnsafeFile || !strings.Contains(e.Text, want) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if e := get(t, c, file("/dev", "null")).failure(t); e.Kind != finding.UnsafeFile || !strings.Contains(e.Text, "a device") {
		t.Errorf("device: %+v", e)
	}
	if e := get(t, c, file(filepath.Join(dir, "fifo"), "a")).failure(t); e.Kind != finding.Missing {
		t.Errorf("a pipe as the base: %+v", e)
	}
}
