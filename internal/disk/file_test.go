package disk_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/disk"
)

func say(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// contains tells what is in a folder, so that files left behind are noticed.
func contains(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder has %v, want %v", got, want)
	}
}

func read(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s has %q, want %q", filepath.Base(path), got, want)
	}
}

func TestWriteFileMakesAndReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	for _, text := range []string{"one", "two"} {
		if err := disk.WriteFile(path, say(text)); err != nil {
			t.Fatal(err)
		}
		read(t, path, text)
	}
	contains(t, dir, "r.json")
}

func TestWriteFileKeepsTheOldFileWhenWritingFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	if err := os.WriteFile(path, []byte("yesterday"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	err := disk.WriteFile(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		return full
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v, want one with the path and the reason", err)
	}
	read(t, path, "yesterday")
	contains(t, dir, "r.json")
}

func TestWriteFileKeepsThePermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits there")
	}
	path := filepath.Join(t.TempDir(), "r.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := disk.WriteFile(path, say("secret")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the permissions are %v, want those of the file before it", info.Mode())
	}
}

func TestWritePrivateReplacesWhateverIsThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	if err := os.WriteFile(filepath.Join(dir, "real"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", path); err != nil {
		t.Skip(err)
	}
	if err := disk.WritePrivate(path, say("secret")); err != nil {
		t.Fatal(err)
	}
	read(t, filepath.Join(dir, "real"), "x")
	read(t, path, "secret")
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("it is %v, %v", info.Mode(), err)
	}
	contains(t, dir, "m", "real")
}

func TestLeftBehind(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"m", "m.1-0.tmp", "m.1-1.tmp", "mm.1-0.tmp", "m.damaged"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := disk.LeftBehind(filepath.Join(dir, "m"))
	if want := []string{filepath.Join(dir, "m.1-0.tmp"), filepath.Join(dir, "m.1-1.tmp")}; !slices.Equal(got, want) {
		t.Errorf("left behind: %v, want %v", got, want)
	}
}

func TestWriteFileFollowsALink(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "real"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	if err := disk.WriteFile(filepath.Join(dir, "link"), say("x")); err != nil {
		t.Fatal(err)
	}
	read(t, filepath.Join(dir, "real"), "x")
	if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link has been replaced: %v %v", info, err)
	}
}

func TestWriteFileWritesToADevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such device there")
	}
	if err := disk.WriteFile(os.DevNull, say("x")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("the device has been replaced: %v %v", info, err)
	}
}

func TestWriteFileErrorsNameThePathOnce(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{
		"a missing folder": filepath.Join(dir, "no", "r.json"),
		"a folder":         dir,
		"no path":          "",
	} {
		err := disk.WriteFile(path, say("x"))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if path != "" && strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	contains(t, dir)
}
