package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// asChild names the part that this test binary plays when a test starts it.
const asChild = "TUFINSPECT_MEMORY_TEST_CHILD"

func TestMain(m *testing.M) {
	if part, dir, ok := strings.Cut(os.Getenv(asChild), " "); ok {
		child(part, dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// child is another process at the same memory.
func child(part, dir string) {
	s := storeIn(dir)
	switch part {
	case "writes":
		for n := range 50 {
			m := sample()
			m.At = m.At.Add(time.Duration(n) * time.Second)
			if err := s.Save(context.Background(), m); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			if _, err := s.Load(context.Background()); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	case "stops": // when all is written and before it is in its place
		unlock, err := s.lock(context.Background())
		if err != nil {
			os.Exit(1)
		}
		defer unlock()
		_ = disk.WritePrivate(s.path(), func(w io.Writer) error {
			m := sample()
			m.TimestampVersion = 99
			if err := encode(w, m); err != nil {
				return err
			}
			fmt.Println("written")
			_, err := io.Copy(io.Discard, os.Stdin) // until it is killed
			return err
		})
	}
}

func start(t *testing.T, part, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asChild+"="+part+" "+dir)
	return cmd
}

const patience = 30 * time.Second

func storeIn(dir string) *Store {
	return New(dir, "https://tuf.example.org/metadata", "https://tuf.example.org/metadata", patience)
}

var then = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sample() *trust.Remembered {
	return &trust.Remembered{
		At: then, FirstUse: then.Add(-time.Hour), TargetsAt: then,
		Root: []byte("root"), Timestamp: []byte("timestamp"), Snapshot: []byte("snapshot"), TimestampVersion: 5, SnapshotVersion: 3,
		Roles: []trust.RememberedRole{
			{Name: "targets", Version: 2, SHA256: [32]byte{1}, Keys: []string{"a", "b"}, Targets: []trust.RememberedTarget{
				{Path: "a.txt", Sum: [16]byte{2}}, {Path: "b\x00/ü", Sum: [16]byte{3}},
			}},
			{Name: "team/one", Version: 1, SHA256: [32]byte{4}},
		},
	}
}

func save(t *testing.T, s *Store, m *trust.Remembered) {
	t.Helper()
	if err := s.Save(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// loads tells what is remembered.
func loads(t *testing.T, s *Store, want *trust.Remembered) {
	t.Helper()
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it remembers\n%+v\nwant\n%+v", got, want)
	}
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	dir := t.TempDir()
	s := storeIn(filepath.Join(dir, "state", "tufinspect"))
	loads(t, s, nil)
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("looking for a memory has made %v", left)
	}
	first := sample()
	save(t, s, first)
	loads(t, s, first)
	second := &trust.Remembered{At: then.Add(time.Hour), Root: []byte("r"), Timestamp: []byte{}, Snapshot: []byte{}}
	save(t, s, second)
	loads(t, storeIn(filepath.Join(dir, "state", "tufinspect")), second)

	text, err := os.ReadFile(filepath.Join(s.Folder(), "repository.txt"))
	if err != nil || !strings.HasPrefix(string(text), "https://tuf.example.org/metadata\n") {
		t.Errorf("repository.txt says %q, %v", text, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{
		s.Folder(): 0o700, s.path(): 0o600, filepath.Join(s.Folder(), "lock"): 0o600, filepath.Join(s.Folder(), "repository.txt"): 0o600,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
}

func TestADamagedMemoryIsAnErrorAndIsPutAside(t *testing.T) {
	var whole bytes.Buffer
	if err := encode(&whole, sample()); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(whole.Bytes())
	changed[len(changed)/2] ^= 1
	for name, file := range map[string]string{
		"empty": "", "something else": "hello", "cut off": whole.String()[:whole.Len()-1], "changed": string(changed), "longer": whole.String() + "x",
		"only begun": magic,
	} {
		t.Run(name, func(t *testing.T) {
			s := storeIn(t.TempDir())
			save(t, s, sample())
			if err := os.WriteFile(s.path(), []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := s.Load(t.Context())
			var damaged *DamagedError
			if !errors.As(err, &damaged) {
				t.Fatalf("the error is %v", err)
			}
			if f := Say(err); f.ID != finding.MemoryDamaged || !strings.Contains(f.Message, s.path()) {
				t.Errorf("it says %+v", f)
			}
			save(t, s, sample())
			loads(t, s, sample())
			if aside, err := os.ReadFile(s.path() + ".damaged"); err != nil || string(aside) != file {
				t.Errorf("put aside: %q, %v", aside, err)
			}
		})
	}
}

func TestAMemoryIsCutOffAnywhere(t *testing.T) {
	var whole bytes.Buffer
	if err := encode(&whole, sample()); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		if _, err := decode(whole.String()[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are a memory", n, whole.Len())
		}
		body, err := begun(whole.String())
		if err != nil {
			t.Fatal(err)
		}
		if n < len(body)-32 {
			if _, err := parse(body[:n]); err == nil {
				t.Errorf("the first %d of %d bytes behind the format are a memory", n, len(body))
			}
		}
	}
}

func TestAMemoryOfALaterVersionIsLeftAlone(t *testing.T) {
	s := storeIn(t.TempDir())
	save(t, s, sample())
	later := magic + "\x04and something new" // format 2
	if err := os.WriteFile(s.path(), []byte(later), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load(t.Context())
	if f := Say(err); f.ID != finding.MemoryDamaged || !strings.Contains(f.Message, "a later version of tufinspect wrote it") {
		t.Errorf("it says %+v", f)
	}
	again := s.Save(t.Context(), sample())
	if again == nil || again.Error() != err.Error() {
		t.Errorf("saving says %v, and loading said %v", again, err)
	}
	if text, _ := os.ReadFile(s.path()); string(text) != later {
		t.Errorf("it is %q now", text)
	}
}

func TestALockThatIsHeldIsNotWaitedForForEver(t *testing.T) {
	dir := t.TempDir()
	s := storeIn(dir)
	save(t, s, sample())
	unlock, err := s.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := New(dir, s.repository, s.repository, 200*time.Millisecond)
	_, err = other.Load(t.Context())
	if f := Say(err); f.ID != finding.MemoryUnavailable || !strings.Contains(f.Message, "another tufinspect holds the lock") {
		t.Errorf("it says %+v", f)
	}
	if err := other.Save(t.Context(), sample()); !errors.Is(err, errHeld) {
		t.Errorf("saving says %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := storeIn(dir).Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, it says %v", err)
	}
	// Who was asked to end does not wait, and still writes what can be written at once.
	next := sample()
	next.At = next.At.Add(time.Hour)
	one := storeIn(dir)
	if err := one.Save(ctx, next); !errors.Is(err, errHeld) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, saving says %v", err)
	}
	unlock()
	loads(t, other, sample())
	if err := one.Save(ctx, next); err != nil {
		t.Errorf("cancelled, and the lock is free: %v", err)
	}
	loads(t, other, next)
}

func TestWhatAnotherRunHasWrittenSinceStays(t *testing.T) {
	dir := t.TempDir()
	one, two := storeIn(dir), storeIn(dir)
	save(t, one, sample())
	loads(t, one, sample())
	loads(t, two, sample())
	later, earlier := sample(), sample()
	later.At, earlier.At = then.Add(2*time.Hour), then.Add(time.Hour)
	save(t, two, later)
	save(t, one, earlier) // of a run that began before and took longer
	loads(t, one, later)
	// A clock that was wrong once does not stop it for ever: what was loaded is replaced.
	save(t, one, earlier)
	loads(t, one, earlier)
}

func TestARunThatIsKilledBeforeTheRenameLeavesTheOldMemory(t *testing.T) {
	dir := t.TempDir()
	s := storeIn(dir)
	save(t, s, sample())
	cmd := start(t, "stops", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, len("written"))
	if _, err := io.ReadFull(out, buf); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if left := disk.LeftBehind(s.path()); len(left) != 1 {
		t.Errorf("the one that was killed has left %v", left)
	}
	loads(t, s, sample()) // and the lock is free
	save(t, s, sample())
	if left := disk.LeftBehind(s.path()); len(left) != 0 {
		t.Errorf("there is still %v", left)
	}
}

func TestTwoProcessesAtOnce(t *testing.T) {
	dir := t.TempDir()
	var both sync.WaitGroup
	for range 2 {
		cmd := start(t, "writes", dir)
		both.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	both.Wait()
	s := storeIn(dir)
	m, err := s.Load(t.Context())
	if err != nil || m == nil {
		t.Fatalf("it remembers %v, %v", m, err)
	}
	if left := disk.LeftBehind(s.path()); len(left) != 0 {
		t.Errorf("they have left %v", left)
	}
}

func TestAFolderThatCannotBeMadeIsUnavailable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := storeIn(file)
	err := s.Save(t.Context(), sample())
	if f := Say(err); err == nil || f.ID != finding.MemoryUnavailable || !strings.Contains(f.Message, file) {
		t.Errorf("it says %+v", f)
	}
}

func TestAMemoryThatIsNoFile(t *testing.T) {
	s := storeIn(t.TempDir())
	if err := os.MkdirAll(s.path(), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load(t.Context())
	var damaged *DamagedError
	if !errors.As(err, &damaged) {
		t.Errorf("the error is %v", err)
	}
	save(t, s, sample())
	loads(t, s, sample())
}

// The text for people is in nobody's way, whatever lies in its place.
func TestATextForPeopleThatIsNone(t *testing.T) {
	s := storeIn(t.TempDir())
	save(t, s, sample())
	if err := os.Remove(s.about()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", s.about()); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(s.about()+".1-0.tmp", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, s, sample())
	if info, err := os.Lstat(s.about()); err != nil || !info.Mode().IsRegular() {
		t.Errorf("it is still %v, %v", info, err)
	}
	if left := disk.LeftBehind(s.about()); len(left) != 0 {
		t.Errorf("there is still %v", left)
	}
}
