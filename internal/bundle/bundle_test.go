package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func packed(t testing.TB, files ...File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, "run", time.Unix(1_700_000_000, 5), files); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnArchiveHasItsFilesAndGivesTheRecordingBack(t *testing.T) {
	text := "first\nsecond\n"
	data := packed(t, File{Name: "report.txt", Data: []byte("all is well\n")}, File{Name: RecordingName, From: strings.NewReader(text + "written meanwhile"), Size: int64(len(text))})
	if !Is(data) {
		t.Error("an archive is not seen as one")
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	if got := strings.Join(names, " "); got != "run/report.txt run/recording.jsonl" {
		t.Error(got)
	}
	var out bytes.Buffer
	if err := Recording(&out, bytes.NewReader(data)); err != nil || out.String() != text {
		t.Errorf("%q, %v", out.String(), err)
	}
	if again := packed(t, File{Name: "report.txt", Data: []byte("all is well\n")}, File{Name: RecordingName, Data: []byte(text)}); !bytes.Equal(again, data) {
		t.Error("the same files make another archive")
	}
}

func TestWhatIsNoArchiveWithARecordingIsRefused(t *testing.T) {
	whole := packed(t, File{Name: RecordingName, Data: bytes.Repeat([]byte("0123456789abcdef"), 4096)})
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "reading the archive"},
		{"text", []byte("hello"), "reading the archive"},
		{"another archive", packed(t, File{Name: "x", Data: []byte("y")}), "without recording.jsonl"},
		{"half of one", whole[:len(whole)/2], "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := Recording(io.Discard, bytes.NewReader(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// full is a disk without room.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestAFullDiskIsSaid(t *testing.T) {
	err := Write(&full{}, "run", time.Time{}, []File{{Name: "a", Data: []byte("b")}})
	if err == nil || !strings.Contains(err.Error(), "no space") {
		t.Error(err)
	}
}

func FuzzRecording(f *testing.F) {
	f.Add(packed(f, File{Name: RecordingName, Data: []byte("text")}))
	f.Add(packed(f, File{Name: "other", Data: []byte("text")}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var n counter
		if err := Recording(&n, bytes.NewReader(data)); err == nil && int(n) > 1100*len(data) {
			t.Errorf("%d bytes from %d", n, len(data))
		}
	})
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
