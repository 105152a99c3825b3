package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"example.com/tufinspect/internal/disk"
)

// The words are the same on every system.
func TestWhyAFileIsRefused(t *testing.T) {
	_, err := os.Open(filepath.Join(t.TempDir(), "none"))
	why := disk.Reason(err)
	if why.Error() != "no such file or directory" || !errors.Is(why, fs.ErrNotExist) {
		t.Errorf("%v", why)
	}
	if other := errors.New("other"); disk.Reason(other) != other {
		t.Errorf("%v", disk.Reason(other))
	}
}
