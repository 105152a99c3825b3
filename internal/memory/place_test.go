package memory

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestARepositoryHasOneFolderHoweverItsAddressIsWritten(t *testing.T) {
	for _, c := range []struct {
		one, other string
		same       bool
	}{
		{"https://tuf.example.org/metadata", "https://TUF.example.org:443/metadata/", true},
		{"https://tuf.example.org", "https://tuf.example.org/", true},
		{"http://h:80/a//b", "http://h/a/b", true},
		{"https://user:secret@h/a", "https://h/a#x", true},
		{"/srv/repo", "/srv/./repo/", true},
		{"https://h/a", "http://h/a", false},
		{"https://h/a", "https://h/A", false},
		{"https://h/a?x=1", "https://h/a?x=2", false},
		{"https://h:444/a", "https://h/a", false},
		{"https://h/a%2Fb", "https://h/a/b", false},
		{"/srv/repo", "/srv/repo2", false},
		{"/srv/repo", "/SRV/Repo", runtime.GOOS == "windows"},
	} {
		if got := nameOf(c.one) == nameOf(c.other); got != c.same {
			t.Errorf("%s and %s are the same: %t, want %t (%s, %s)", c.one, c.other, got, c.same, normalise(c.one), normalise(c.other))
		}
	}
}

func TestFolder(t *testing.T) {
	disk := filepath.ToSlash(filepath.VolumeName(os.TempDir())) // absolute paths begin with it
	env := map[string]string{}
	get := func(name string) string { return env[name] }
	if dir, err := folder("linux", get); err == nil {
		t.Errorf("without a home it is %s", dir)
	}
	env["HOME"], env["LocalAppData"] = disk+"/home/ana", disk+"/local"
	for _, c := range []struct{ goos, xdg, want string }{
		{"linux", "", "/home/ana/.local/state/tufinspect"},
		{"linux", "relative", "/home/ana/.local/state/tufinspect"},
		{"linux", disk + "/x", "/x/tufinspect"},
		{"darwin", "", "/home/ana/Library/Application Support/tufinspect"},
		{"windows", "", "/local/tufinspect"},
	} {
		env["XDG_STATE_HOME"] = c.xdg
		if dir, err := folder(c.goos, get); err != nil || filepath.ToSlash(dir) != disk+c.want {
			t.Errorf("%s, %q: %s, %v; want %s", c.goos, c.xdg, dir, err, c.want)
		}
	}
}
