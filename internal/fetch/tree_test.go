package fetch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFilesOfAFolderAreNamedAndNoLinkIsFollowed(t *testing.T) {
	dir := folder(t, map[string]string{"in/a": "", "in/b/c": "", "in/b/d/e": "", "out/x": ""})
	in := filepath.Join(dir, "in")
	for name, to := range map[string]string{"out": filepath.Join(dir, "out"), "self": ".", "file": "a"} {
		if err := os.Symlink(to, filepath.Join(in, name)); err != nil {
			t.Skip(err)
		}
	}
	c := newClient(t, Options{})
	var names []string
	if err := c.Files(t.Context(), in, func(name string) bool { names = append(names, name); return true }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	if want := []string{"a", "b/c", "b/d/e"}; !slices.Equal(names, want) {
		t.Errorf("named %v, want %v", names, want)
	}
	n := 0
	if err := c.Files(t.Context(), in, func(string) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("%d were named after the end was asked for: %v", n, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	if err := c.Files(ctx, in, func(string) bool { t.Error("named"); return true }); !errors.Is(err, why) {
		t.Errorf("it ended with %v", err)
	}
	if err := c.Files(t.Context(), filepath.Join(dir, "none"), func(string) bool { return true }); err == nil {
		t.Error("a folder that is not there has files")
	}
	if err := c.Files(t.Context(), "http://repo.example/", func(string) bool { t.Error("named"); return true }); err != nil {
		t.Errorf("a server: %v", err)
	}
}

func TestWhereOneFolderIsInsideAnother(t *testing.T) {
	dir := folder(t, map[string]string{"repo/metadata/x": "", "repo/targets/y": ""})
	repo := filepath.Join(dir, "repo")
	for _, c := range []struct {
		base, other, rel string
		ok               bool
	}{
		{repo, filepath.Join(repo, "metadata"), "metadata", true},
		{repo, repo, ".", true},
		{filepath.Join(repo, "targets"), filepath.Join(repo, "metadata"), "", false},
		{filepath.Join(repo, "targets"), repo, "", false},
		{"http://repo.example", "http://repo.example/a", "", false},
	} {
		if rel, ok := Inside(c.base, c.other); rel != c.rel || ok != c.ok {
			t.Errorf("%s in %s: %q, %t", c.other, c.base, rel, ok)
		}
	}
}
