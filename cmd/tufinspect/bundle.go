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
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/bundle"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/har"
	"example.com/tufinspect/internal/journal"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/safe"
)

// bundleFlags are those of bundle alone.
type bundleFlags struct {
	output string
	quiet  bool
}

func newBundle(std streams) *cobra.Command {
	var f runFlags
	var b bundleFlags
	cmd := &cobra.Command{
		Use:   "bundle [flags] RECORDING|REPO",
		Short: "pack what there is to say of a run into one file for a ticket",
		Long: `bundle packs a recording with its report, its requests, goroutine dumps, versions and
configuration into one .tar.gz, without secrets. Given a repository it inspects that
first, as check does, and packs the recording of that. tufinspect replay shows the
recording in it. It leaves with 0 when the file is written, whatever the verdict is.`,
		Example: `  tufinspect bundle run.jsonl
  tufinspect bundle --deadline 2m --root root.json https://tuf.example.org/metadata`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("nothing to pack: give a recording that --record has written, or the URL or folder of a repository, as in: %s", cmd.UseLine())
			}
			return oneRepository(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.called = calledAs(cmd, args)
			return runBundle(cmd.Context(), std, &f, &b, args[0])
		},
	}
	f.addRun(cmd.Flags())
	cmd.Flags().StringVar(&b.output, "output", "", "the `FILE` to write; default: tufinspect-TIME.tar.gz in this folder")
	cmd.Flags().BoolVar(&b.quiet, "quiet", false, "no plain lines on stderr")
	return cmd
}

func runBundle(ctx context.Context, std streams, f *runFlags, b *bundleFlags, what string) error {
	path := b.output
	if path == "" {
		free, err := freeName("tufinspect-"+time.Now().Format("20060102-150405"), ".tar.gz")
		if err != nil {
			return err
		}
		path = free + ".tar.gz"
	}
	if err := placeFor("--output", path); err != nil {
		return err
	}
	kind := kindOf(what)
	if kind == isBundle {
		return usagef("%s is packed already; tufinspect replay shows it", safe.Text(what))
	}
	return supervise(std, f.deadline, func(o overseer) error {
		signal.Ignore(syscall.SIGPIPE)
		if kind == isRepository {
			return b.inspect(ctx, std, o, f, what, path)
		}
		o.ended()
		return b.pack(std, o, what, path, nil)
	})
}

// What an argument of bundle can be.
const (
	isRepository = iota
	isRecording
	isBundle
)

// kindOf tells what an argument names. What cannot be looked at is a repository: whoever
// inspects it says what is wrong.
func kindOf(path string) int {
	kind, err := alive.Within(fileWithin, "looking at "+safe.Text(path)+": the disk", func() (int, error) {
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
			return isRepository, err
		}
		file, err := os.Open(path)
		if err != nil {
			return isRepository, err
		}
		defer file.Close()
		switch start, err := bufio.NewReader(file).Peek(64); {
		case journal.Is(start):
			return isRecording, nil
		case bundle.Is(start):
			return isBundle, nil
		default:
			return isRepository, err
		}
	})
	if err != nil {
		return isRepository
	}
	return kind
}

// inspect makes the run that is to be packed, and packs it whatever has become of it.
func (b *bundleFlags) inspect(ctx context.Context, std streams, o overseer, f *runFlags, repository, path string) error {
	lines := io.Writer(std.err)
	if b.quiet {
		lines = io.Discard
	}
	f.record = fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	defer os.Remove(f.record) //nolint:errcheck // at worst it stays
	var dumps dumper
	end, err := f.inspectPlain(ctx, std, o, lines, func() (*recording, error) {
		rec, err := startRecording("--output", f.record, f.called)
		if rec != nil {
			rec.watch = dumps.see
		}
		return rec, err
	}, repository)
	o.ended()
	end.rec.close(recordWithin)
	if err != nil {
		return err
	}
	if err := end.rec.failure(); err != nil {
		return err
	}
	dumps.take("at the end of the run")
	if err := b.pack(std, o, f.record, path, dumps.files()); err != nil {
		return err
	}
	if end.code != 0 {
		return exitError(end.code)
	}
	return nil
}

// dumper keeps what all goroutines of this program were doing: when a file first fell
// silent, and at the end.
type dumper struct {
	mu   sync.Mutex
	done map[string]bool
	text bytes.Buffer
}

// see is told of events.
func (d *dumper) see(events []engine.Event) {
	for i := range events {
		if b, ok := events[i].Body.(engine.StateChanged); ok && b.To == engine.Stalled {
			d.take("when a file first fell silent")
		}
	}
}

func (d *dumper) take(when string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done[when] {
		return
	}
	if d.done == nil {
		d.done = map[string]bool{}
	}
	d.done[when] = true
	fmt.Fprintf(&d.text, "=== goroutines %s (%s)\n\n", when, time.Now().UTC().Format(time.RFC3339))
	_ = pprof.Lookup("goroutine").WriteTo(&d.text, 1) // with labels: which file, which host
	d.text.WriteByte('\n')
}

func (d *dumper) files() []bundle.File {
	d.mu.Lock()
	defer d.mu.Unlock()
	return []bundle.File{{Name: "goroutines.txt", Data: d.text.Bytes()}}
}

const (
	// dumpMost is how large a dump may be that is packed, dumpsMost how many are.
	dumpMost  = 16 << 20
	dumpsMost = 20
	// around is how long before and after a run its dumps may have been written.
	around = time.Minute
	// packWithin is how long the disk may take for a piece of what is packed.
	packWithin = 5 * time.Minute
)

// pack writes the archive of a recording with what belongs to it.
func (b *bundleFlags) pack(std streams, o overseer, recording, path string, more []bundle.File) error {
	l, file, err := openLog(recording)
	if err != nil {
		return err
	}
	defer file.Close()
	st := folded(l)
	o.ended()
	rep := report.New(st, report.Options{PeakMemory: l.PeakMemory})
	var text, object bytes.Buffer
	if err := errors.Join(
		report.WriteText(&text, rep, report.TextOptions{Rest: "all of it is in report.json"}),
		report.WriteJSON(&object, rep),
	); err != nil {
		return err
	}
	requests, size, err := spooled(path, func(w io.Writer) error { return har.Write(taken{w, o}, st) })
	if err != nil {
		return err
	}
	defer requests.Close()
	versions, err := versionsFile(l)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(path), ".tar.gz")
	files := []bundle.File{
		{Name: "README.txt", Data: []byte(bundleReadme(filepath.Base(path)))},
		{Name: "report.txt", Data: text.Bytes()},
		{Name: "report.json", Data: object.Bytes()},
		{Name: "requests.har", From: requests, Size: size},
		{Name: "versions.json", Data: versions},
		{Name: bundle.RecordingName, From: file, Size: l.Size},
	}
	files = append(files, more...)
	files = append(files, leftOf(st)...)
	_, err = alive.Within(packWithin, "writing "+safe.Text(path)+": the disk", func() (struct{}, error) {
		return struct{}{}, disk.WriteFile(path, func(w io.Writer) error {
			return bundle.Write(taken{w, o}, name, cmp.Or(st.Run.Started, time.Now()), files)
		})
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s: %s\n%s has the recording, the report, the requests, versions and %s.\nNames of hosts and files are in it, secrets are not: look at it before you send it.\n  tufinspect replay %s   shows the run\n",
		safe.Text(st.Run.Repository), report.Verdict(st), safe.Text(path), dumpsWord(files), fetch.ShellWord(path))
	return err
}

// spooled writes what may be large to a file beside path that has no name, and gives how
// many bytes it has. The caller closes it.
func spooled(path string, write func(io.Writer) error) (*os.File, int64, error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, 0, err
	}
	_ = os.Remove(file.Name()) // where that is not possible it stays, for the system to clear up
	buffer := bufio.NewWriter(file)
	if err := errors.Join(write(buffer), buffer.Flush()); err != nil {
		file.Close()
		return nil, 0, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	return file, size, err
}

func dumpsWord(files []bundle.File) string {
	for i := range files {
		if files[i].Name == "goroutines.txt" || strings.HasPrefix(files[i].Name, "inspector/") {
			return "goroutine dumps"
		}
	}
	return "no goroutine dumps: none were written while it was recorded"
}

// leftOf gives the dumps that this program has left about the time of a run.
func leftOf(st *engine.State) []bundle.File {
	dir, err := alive.StateDir(os.Getenv)
	if err != nil || st.Run.Started.IsZero() {
		return nil
	}
	files, _ := alive.Within(fileWithin, "reading "+safe.Text(dir)+": the disk", func() ([]bundle.File, error) {
		var out []bundle.File
		for _, path := range alive.Left(dir, st.Run.Started.Add(-around), st.Run.Started.Add(st.Now+around)) {
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

// folded is the state to which the events of a recording lead.
func folded(l *journal.Log) *engine.State {
	p := journal.Play(l, journal.PlayerOptions{Speed: journal.AtOnce, Once: true})
	defer p.Close()
	return fold(p)
}

// fold applies all events of a player.
func fold(p *journal.Player) *engine.State {
	st := &engine.State{}
	for u := range p.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
		}
	}
	return st
}
