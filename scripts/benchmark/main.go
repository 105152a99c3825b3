// Command benchmark measures the inspector against a floor and against other programs: whole
// processes, in turn, on repositories of its own behind a static server on loopback.
//
//	scripts/bench                        everything; some minutes, and 5 GB in the cache
//	scripts/bench -only W1,W5            these workloads
//	scripts/bench -against ../other      with another checkout's inspector in the same rounds
//	scripts/bench -quick                 small versions, to see that everything still runs
//	scripts/bench -peers none            the floor and the inspectors alone
//	scripts/bench -tuf-js DIR            with tuf-js, after npm install --prefix DIR tuf-js
//	scripts/bench -markdown              tables in Markdown
//	scripts/bench -benchfmt >a.txt       every run as a line for benchstat, which wants -rounds 6 or more
//
// # What is measured
//
// Each workload has a repository, which demo builds into the cache folder once; a server,
// which is nginx where it is installed, and Go's file server where it is not or where answers
// are to be late; and contenders, which run in turn: A B C, C B A, and so on. The first round
// warms up and is not counted. A contender that takes long (-once) counts with its first run
// alone, and one that takes too long (-limit) is ended.
//
// Of every run the wall time, the processor time of the process and its children, and the
// largest of their peaks of memory are taken (a peak below 12 MiB or so is that of the process
// that measures, from which the others begin). Tables have medians. Ratios are medians of the
// ratios of each round's pair: a machine that is busy for a while disturbs both. Where the
// contender and the server share the machine, the server's part of the cores is in the time
// of all of them, and not in their processor time.
//
// The floor is a program of this package: net/http with a tuned transport, goroutines that
// stream into the hashes, a list of addresses and hashes in a file, and no metadata. Goals
// are set in its multiples, since those hold from machine to machine.
//
// A peer that is not installed is named in the table as not here. A run that has not
// verified what it was given is an error in the table, and has no time; the suite then ends
// with an exit code.
//
// How long the screen takes from a key to the frame that shows what it did is measured by
// scripts/ui-load, and not here.
//
// Everything ends with ctrl+c, with the terminal, and when the command is killed: the server and
// what is being measured hang on its processes, see attached.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usualRounds is how many rounds count if it is not said.
const usualRounds = 5

// options are the flags.
type options struct {
	scratch  string
	dir      string
	tree     string
	against  []string
	only     string
	peers    string
	tufJS    string
	quick    bool
	goServer bool
	markdown bool
	benchfmt bool
	limits
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, hangUp, terminate)
	err := dispatch(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// dispatch starts the suite or one of the parts that are processes of their own.
func dispatch(ctx context.Context, args []string) error {
	parts := map[string]func(context.Context, []string) error{
		"build": buildCommand, "floor": floorCommand, "gotuf": gotufCommand, "decode": decodeCommand, "roots": rootsCommand,
		"nothing": func(context.Context, []string) error { return nil },
		"serve":   hanging(serveCommand), "time": hanging(timeCommand),
	}
	if len(args) > 0 {
		if part, ok := parts[args[0]]; ok {
			return part(ctx, args[1:])
		}
	}
	return suite(ctx, args)
}

// hanging is a part that ends with its parent.
func hanging(part func(context.Context, []string) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		ctx, cancel := whileAttached(ctx)
		defer cancel()
		return part(ctx, args)
	}
}

// suite runs the workloads and prints their results as they come.
func suite(ctx context.Context, args []string) error {
	var o options
	defer func() {
		if o.scratch != "" {
			_ = os.RemoveAll(o.scratch) // what is left of it is in the folder for such things
		}
	}()
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.scratch, "scratch", "", "a `folder` for what is compiled, which goes away at the end; default: one of its own")
	flags.StringVar(&o.dir, "dir", "", "the folder in which repositories are kept; default: in the user's cache")
	flags.StringVar(&o.tree, "tree", ".", "the checkout whose inspector is measured")
	flags.Func("against", "another `checkout`, whose inspector runs in the same rounds; may be repeated", func(s string) error {
		o.against = append(o.against, s)
		return nil
	})
	flags.StringVar(&o.only, "only", "", "these workloads, with commas between; default: all")
	flags.StringVar(&o.peers, "peers", allPeers, "other programs: all that are installed, own (go-tuf alone, which is built in), or none")
	flags.StringVar(&o.tufJS, "tuf-js", "", "the `folder` of npm install --prefix FOLDER tuf-js")
	flags.BoolVar(&o.quick, "quick", false, "small versions, none of which warms up")
	flags.BoolVar(&o.goServer, "go-server", false, "no nginx, even if it is here")
	flags.BoolVar(&o.markdown, "markdown", false, "print tables in Markdown")
	flags.BoolVar(&o.benchfmt, "benchfmt", false, "print every run as a line of Go's benchmark format")
	flags.Func("rounds", fmt.Sprintf("how many rounds `N` count; default: %d, or 1 with -quick", usualRounds), func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return errors.New("it is a number from 1 on")
		}
		o.rounds = n
		return nil
	})
	flags.DurationVar(&o.run, "limit", 2*time.Minute, "what takes longer is ended")
	flags.DurationVar(&o.once, "once", 20*time.Second, "what takes longer is not run again")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if !slices.Contains([]string{allPeers, ownPeers, noPeers}, o.peers) {
		return fmt.Errorf("-peers is all, own or none, not %q", o.peers)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("what is %q?", flags.Arg(0))
	}
	z := fullSizes()
	if o.quick {
		z, o.cold = quickSizes(), true
		if o.rounds == 0 {
			o.rounds = 1
		}
	}
	if o.rounds == 0 {
		o.rounds = usualRounds
	}
	chosen, err := choose(workloads(z), o.only)
	if err != nil {
		return err
	}
	if o.scratch == "" {
		if o.scratch, err = os.MkdirTemp("", "bench"); err != nil {
			return err
		}
	}
	s, err := setUp(ctx, &o)
	if err != nil {
		return err
	}
	failed := 0
	for _, w := range chosen {
		r, err := measure(ctx, s, w, &o)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		r.write(os.Stdout, &o)
		failed += r.failed()
	}
	if failed > 0 {
		return fmt.Errorf("%d have not done their work, see the tables", failed)
	}
	return nil
}

func (r *result) write(w io.Writer, o *options) {
	switch {
	case o.benchfmt:
		r.benchfmt(w)
	case o.markdown:
		r.markdown(w)
	default:
		r.print(w)
	}
}

// choose picks workloads by their names, each once: "W6" is also all that begin with "W6-".
func choose(all []workload, only string) ([]workload, error) {
	if only == "" {
		return all, nil
	}
	var chosen []workload
	for name := range strings.SplitSeq(only, ",") {
		known := false
		for _, w := range all {
			if !strings.EqualFold(w.name, name) && !strings.HasPrefix(strings.ToLower(w.name), strings.ToLower(name)+"-") {
				continue
			}
			known = true
			if !slices.ContainsFunc(chosen, func(c workload) bool { return c.name == w.name }) {
				chosen = append(chosen, w)
			}
		}
		if !known {
			names := make([]string, len(all))
			for i, w := range all {
				names[i] = w.name
			}
			return nil, fmt.Errorf("there is no workload %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return chosen, nil
}

// setUp builds the inspectors, and looks for everything else.
func setUp(ctx context.Context, o *options) (*stage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &stage{self: self, cache: o.dir, peers: findPeers(ctx, o.peers, o.tufJS)}
	if s.cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		s.cache = filepath.Join(dir, "tufinspect-bench")
	}
	if s.cache, err = filepath.Abs(s.cache); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.cache, 0o755); err != nil {
		return nil, err
	}
	for i, dir := range append([]string{o.tree}, o.against...) {
		t := tree{inspectorName, filepath.Join(o.scratch, fmt.Sprintf("tufinspect-%d", i))}
		if i > 0 {
			t.name += " (" + dir + ")"
		}
		if err := goBuild(ctx, dir, t.bin); err != nil {
			return nil, errors.Join(fmt.Errorf("building the inspector of %s", dir), err)
		}
		s.trees = append(s.trees, t)
	}
	return s, nil
}
