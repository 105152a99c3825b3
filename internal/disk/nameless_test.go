package disk_test

import (
	"io"
	"testing"

	"example.com/tufinspect/internal/disk"
)

func TestAFileForOneselfLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	a, err := disk.Nameless(dir, "spool")
	if err != nil {
		t.Fatal(err)
	}
	b, err := disk.Nameless(dir, "spool")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(a); err != nil || string(got) != "text" {
		t.Errorf("it has %q, %v", got, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	contains(t, dir)
}
