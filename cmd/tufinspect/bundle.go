package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/bundle"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/journal"
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
		Long: `bundle packs a recording with its report, its requests, goroutine dumps,
versions and configuration into one .tar.gz, without secrets. Given a repository
it inspects that first, as check does, and packs the recording of that.
tufinspect replay shows the recording in it. It leaves with 0 when the file is
written, whatever the verdict is.`,
		Example: `  tufinspect bundle run.jsonl
  tufinspect bundle --deadline 2m --root root.json https://tuf.example.org`,
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
	if err := cmp.Or(placeFor("--output", path), apart([]place{{"--output", path}}, f.reads(place{"the argument", what}))); err != nil {
		return err
	}
	kind := kindOf(what)
	if kind == isBundle {
		return usagef("%s is packed already; tufinspect replay shows it", safe.Text(what))
	}
	if _, err := os.Stat(what); kind == isRepository && errors.Is(err, fs.ErrNotExist) && !strings.Contains(what, "://") {
		return usagef("%s: there is neither a recording nor the folder of a repository of this name", safe.Text(what))
	}
	return supervise(std, f.deadline, func(o overseer) error {
		signal.Ignore(syscall.SIGPIPE)
		if kind == isRepository {
			return b.inspect(ctx, std, o, f, what, path)
		}
		o.ended()
		return b.pack(ctx, std, o, what, path, nil)
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
	end.rec.close(std.limits.report)
	if err != nil {
		return err
	}
	if err := end.rec.failure(); err != nil {
		return err
	}
	dumps.take("at the end of the run")
	if err := b.pack(ctx, std, o, f.record, path, dumps.files()); err != nil {
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
