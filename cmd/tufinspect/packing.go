package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/bundle"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/har"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/safe"
)

const (
	// dumpMost is how large a dump may be that is packed, dumpsMost how many are.
	dumpMost  = 16 << 20
	dumpsMost = 20
	// around is how long before and after a run its dumps may have been written, and longest
	// how long a run is whose dumps are looked for.
	around  = time.Minute
	longest = 7 * 24 * time.Hour
	// packWithin is how long the disk may take for a piece of what is packed.
	packWithin = 5 * time.Minute
)

// pack writes the archive of a recording with what belongs to it. The first signal ends
// that, and nothing is left behind.
func (b *bundleFlags) pack(ctx context.Context, std streams, o overseer, recording, path string, more []bundle.File) error {
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	err := b.packAll(ctx, std, o, recording, path, more)
	if code := sig.code(); code != 0 && err != nil {
		say(std.err, fmt.Sprintf("tufinspect: %s is not written: %v\n", safe.Text(path), context.Cause(ctx)))
		return exitError(code)
	}
	return err
}

func (b *bundleFlags) packAll(ctx context.Context, std streams, o overseer, recording, path string, more []bundle.File) error {
	l, file, err := openLog(recording)
	if err != nil {
		return err
	}
	defer file.Close()
	st := folded(ctx, l)
	if err := ctx.Err(); err != nil {
		return err
	}
	o.ended()
	rep := report.New(st, report.Options{PeakMemory: l.PeakMemory})
	var text, object bytes.Buffer
	if err := errors.Join(
		report.WriteText(&text, rep, report.TextOptions{Rest: "all of it is in report.json"}),
		report.WriteJSON(&object, rep),
	); err != nil {
		return err
	}
	requests, size, err := spooled(path, func(w io.Writer) error { return har.Write(untilDone{ctx, taken{w, o}}, st) })
	if err != nil {
		return err
	}
	defer requests.Close()
	versions, err := versionsFile(l)
	if err != nil {
		return err
	}
	more = append(more, leftOf(st, l.Program.PID)...)
	files := []bundle.File{
		{Name: "README.txt", Data: []byte(bundleReadme(filepath.Base(path), more))},
		{Name: "report.txt", Data: text.Bytes()},
		{Name: "report.json", Data: object.Bytes()},
		{Name: "requests.har", From: requests, Size: size},
		{Name: "versions.json", Data: versions},
		{Name: bundle.RecordingName, From: file, Size: l.Size},
	}
	files = append(files, more...)
	_, err = alive.Within(packWithin, "writing "+safe.Text(path)+": the disk", func() (struct{}, error) {
		return struct{}{}, disk.WriteFile(path, func(w io.Writer) error {
			return bundle.Write(untilDone{ctx, taken{w, o}}, folderName(path), cmp.Or(st.Run.Started, time.Now()), files)
		})
	})
	if err != nil {
		return err
	}
	// That nobody reads it does not undo what is written.
	_, _ = fmt.Fprintf(std.out, "%s: %s\n%s has the recording, the report, the requests, versions and %s.\nNames of hosts and files are in it, secrets are not: look at it before you send it.\n  tufinspect replay %s   shows the run\n",
		safe.Text(st.Run.Repository), report.Verdict(st), safe.Text(path), dumpsWord(more), fetch.PathWord(path))
	return nil
}

// untilDone writes until a context ends.
type untilDone struct {
	ctx context.Context
	io.Writer
}

// Write is part of io.Writer.
func (u untilDone) Write(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.Writer.Write(p)
}

// folderName is what the folder in an archive is called: its file's name without the ending,
// so that it unpacks beside itself.
func folderName(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".gz", ".tar", ".tgz"} {
		name = strings.TrimSuffix(name, ending)
	}
	if name == filepath.Base(path) {
		name = strings.TrimSuffix(name, filepath.Ext(name))
	}
	if strings.Trim(name, ".") == "" || name == filepath.Base(path) {
		return "tufinspect"
	}
	return name
}

// spooled writes what may be large to a file beside path that is gone when the caller
// closes it, and gives how many bytes it has.
func spooled(path string, write func(io.Writer) error) (*os.File, int64, error) {
	file, err := disk.Nameless(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return nil, 0, err
	}
	buffer := bufio.NewWriter(file)
	if err = write(buffer); err == nil {
		err = buffer.Flush()
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	return file, size, err
}

// dumpsWord names the dumps that are packed.
func dumpsWord(dumps []bundle.File) string {
	if len(dumps) == 0 {
		return "no goroutine dumps: none were written here by the process that recorded it"
	}
	names := make([]string, len(dumps))
	for i := range dumps {
		names[i] = dumps[i].Name
	}
	return strings.Join(names, ", ")
}

// leftOf gives the dumps that a process has left here about the time of a run. The dumps of
// others are not about it.
func leftOf(st *engine.State, pid int) []bundle.File {
	dir, err := alive.StateDir(os.Getenv)
	if err != nil || pid <= 0 || st.Run.Started.IsZero() || st.Now > longest {
		return nil
	}
	files, _ := alive.Within(fileWithin, "reading "+safe.Text(dir)+": the disk", func() ([]bundle.File, error) {
		var out []bundle.File
		for _, path := range alive.Left(dir, pid, st.Run.Started.Add(-around), st.Run.Started.Add(st.Now+around)) {
			info, err := os.Stat(path)
			if err != nil || info.Size() == 0 || info.Size() > dumpMost || len(out) == dumpsMost {
				continue
			}
			data, err := os.ReadFile(path)
			if err == nil {
				out = append(out, bundle.File{Name: "inspector/" + filepath.Base(path), Data: data})
			}
		}
		return out, nil
	})
	return files
}
