package disk_test

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/tufinspect/internal/disk"
)

func TestALockKeepsOthersFromTheLockAndNotFromReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() *os.File {
		t.Helper()
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	if held, err := disk.Lock(first); held || err != nil {
		t.Skip("no locks here: ", held, err)
	}
	if held, err := disk.Lock(second); !held || err != nil {
		t.Errorf("the second has it too: %t, %v", held, err)
	}
	read(t, path, "text")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if held, err := disk.Lock(second); held || err != nil {
		t.Errorf("it is not given back: %t, %v", held, err)
	}
}
