package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/ui"
)

// runFlags are the flags of every command that inspects.
type runFlags struct {
	root       string
	sha256     string
	sha512     string
	fromRoot   int64
	targetsURL string
	at         string
	expires    time.Duration
	metadata   bool
	workers    workersFlag
	stall      time.Duration
	timeout    time.Duration
	minRate    int64
	retries    int
	giveUp     time.Duration
	deadline   time.Duration
	state      string
	noState    bool
	har        harFlag
	transport  transportFlags
	record     string
	called     []string // how, without secrets

	plain bool
	ascii bool
	mouse bool
	theme themeFlag
}

// add declares the flags of the run itself, and of the files that it writes.
func (f *runFlags) add(fs *pflag.FlagSet) {
	f.addRun(fs)
	f.har.add(fs)
	f.addRecord(fs)
}

// addRun declares the flags of the run itself.
func (f *runFlags) addRun(fs *pflag.FlagSet) {
	d := engine.DefaultConfig()
	fs.StringVar(&f.root, "root", "", "the trusted root, a `FILE or URL`; without it the oldest usable root that the repository serves is trusted")
	fs.StringVar(&f.sha256, "root-sha256", "", "the trusted root must have this SHA-256 (`HEX`)")
	fs.StringVar(&f.sha512, "root-sha512", "", "the trusted root must have this SHA-512 (`HEX`)")
	fs.Int64Var(&f.fromRoot, "from-root", 0, "start from this `VERSION` of the root as the repository serves it, like a client that ships it; trusted on first use")
	fs.StringVar(&f.targetsURL, "targets-url", "", "where target files are (`URL` or folder); default: targets/ below or beside the metadata")
	fs.StringVar(&f.at, "at", "", "judge expiry as of this `TIME` (RFC 3339), e.g. 2026-01-31T12:00:00Z; default: now")
	fs.DurationVar(&f.expires, "expires-within", 0, "warn when a role ends sooner than this; default: by role")
	fs.BoolVar(&f.metadata, "metadata-only", false, "verify roles and delegations, leave target files alone")
	fs.VarP(&f.workers, "workers", "j", fmt.Sprintf("how many attempts run at a time, 1 to %d; auto: as many as are worth it, %d at the most", engine.MaxWorkers, engine.AutoWorkers))
	fs.DurationVar(&f.stall, "stall-after", d.StallAfter, "no byte and no phase change for so long is a stall")
	fs.DurationVar(&f.timeout, "stall-timeout", d.StallTimeout, "stalled for so long ends the attempt; 0 waits for you (terminal UI only)")
	fs.Int64Var(&f.minRate, "min-rate", 0, "slower than so many `BYTES` a second, over half a minute, is a stall too; 0: as slow as it is")
	fs.IntVar(&f.retries, "retries", d.Retries, "further attempts when one can help; one that brings the file on does not count")
	fs.DurationVar(&f.giveUp, "give-up-after", d.GiveUpAfter, "a host that has fallen silent as a whole: what still waits for it after so long is unknown (not in the terminal UI)")
	fs.StringVar(&f.state, "state", "", "the `FOLDER` in which the last verified state is remembered; default: $XDG_STATE_HOME/tufinspect, or the system's place for such things")
	fs.BoolVar(&f.noState, "no-state", false, "remember nothing, and compare with nothing: a repository that has gone back is not noticed")
	fs.DurationVar(&f.deadline, "deadline", 0, "the whole run; what is left then is unknown; default: none")
	f.transport.add(fs)
}

// addDisplay declares the flags of displays for people.
func (f *runFlags) addDisplay(fs *pflag.FlagSet) {
	fs.BoolVar(&f.plain, "plain", false, "plain lines instead of the terminal UI, also for screen readers")
	fs.BoolVar(&f.ascii, "ascii", false, "no characters beyond ASCII on screen")
	fs.BoolVar(&f.mouse, "mouse", false, "take the mouse from the start: the wheel scrolls, a click selects (m switches it)")
	fs.Var(&f.theme, "theme", "auto, dark, light or mono")
}

// themeFlag is a theme as a flag's value.
type themeFlag struct{ ui.Theme }

// Set is part of pflag.Value.
func (t *themeFlag) Set(s string) (err error) {
	t.Theme, err = ui.ParseTheme(s)
	return err
}

// Type is part of pflag.Value.
func (*themeFlag) Type() string { return "name" }

// workersFlag is a number of workers as a flag's value; 0 is as many as are worth it.
type workersFlag int

// Set is part of pflag.Value.
func (w *workersFlag) Set(s string) error {
	if s == workersAuto {
		*w = 0
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > engine.MaxWorkers {
		return fmt.Errorf("neither auto nor a number from 1 to %d", engine.MaxWorkers)
	}
	*w = workersFlag(n)
	return nil
}

// String is part of pflag.Value.
func (w *workersFlag) String() string {
	if *w == 0 {
		return workersAuto
	}
	return strconv.Itoa(int(*w))
}

// Type is part of pflag.Value.
func (*workersFlag) Type() string { return "auto|N" }

// most is how many workers there may be.
func (w *workersFlag) most() int {
	if *w == 0 {
		return engine.AutoWorkers
	}
	return int(*w)
}

const workersAuto = "auto"

// config turns the flags into a configuration. The function that it gives releases
// what the configuration holds.
func (f *runFlags) config(ctx context.Context, repository string, interactive bool) (engine.Config, func(), error) {
	none := func() {}
	cfg := engine.DefaultConfig()
	cfg.Version = programVersion()
	cfg.Interactive = interactive
	cfg.FromRoot = f.fromRoot
	cfg.ExpiresWithin, cfg.MetadataOnly = f.expires, f.metadata
	cfg.Workers, cfg.StallAfter, cfg.StallTimeout = int(f.workers), f.stall, f.timeout
	cfg.MinRate, cfg.Retries, cfg.GiveUpAfter, cfg.Deadline = f.minRate, f.retries, f.giveUp, f.deadline
	if f.expires < 0 {
		return cfg, none, usagef("--expires-within: %s is negative", f.expires)
	}
	if f.at != "" {
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return cfg, none, usagef("--at: %q is not a time such as 2026-01-31T12:00:00Z", f.at)
		}
		cfg.At = at
	}
	if f.noState && f.state != "" {
		return cfg, none, usagef("--state and --no-state: %q cannot be used and not be used; give one of them", safe.Text(f.state))
	}
	var err error
	if cfg.Repository, err = parseBase(repository); err != nil {
		if strings.Contains(repository, "://") && !errors.Is(err, alive.ErrNoAnswer) {
			return cfg, none, usagef("repository: %w", err)
		}
		return cfg, none, fmt.Errorf("repository: %w", err) // a folder that cannot be reached
	}
	if f.targetsURL != "" {
		if cfg.TargetsURL, err = parseBase(f.targetsURL); errors.Is(err, alive.ErrNoAnswer) {
			return cfg, none, fmt.Errorf("--targets-url: %w", err)
		} else if err != nil {
			return cfg, none, usagef("--targets-url: %w", err)
		}
	}
	conns := f.workers.most()
	if interactive {
		conns = engine.MaxWorkers // a person may want more of them later
	}
	opt, err := f.transport.options(2 * conns) // stalled attempts come on top
	if err != nil {
		return cfg, none, err
	}
	src, err := fetch.New(opt)
	if err != nil {
		return cfg, none, usageError{err}
	}
	cfg.Source = src
	if err := f.validate(&cfg); err != nil {
		src.Close()
		return cfg, none, err
	}
	if err := f.trustedRoot(ctx, src, &cfg); err != nil {
		src.Close()
		return cfg, none, err
	}
	return cfg, src.Close, nil
}

// validate names the flag behind a field of the configuration that cannot be.
func (f *runFlags) validate(cfg *engine.Config) error {
	if err := cfg.Validate(); err != nil {
		return usagef("--%w", err)
	}
	if f.root != "" && f.fromRoot != 0 {
		return usagef("--from-root %d takes a root from the repository, and --root %s is one already: give one of the two", f.fromRoot, f.rootPlace())
	}
	if f.root == "" && (f.sha256 != "" || f.sha512 != "") {
		return usagef("--root-sha256 and --root-sha512 pin the root given with --root: give that too")
	}
	for _, p := range []struct {
		flag, value string
		size        int
	}{{"--root-sha256", f.sha256, 64}, {"--root-sha512", f.sha512, 128}} {
		if p.value == "" {
			continue
		}
		if _, err := hex.DecodeString(strings.ToLower(p.value)); err != nil || len(p.value) != p.size {
			return usagef("%s: %q is not %d hexadecimal digits", p.flag, safe.Text(p.value), p.size)
		}
	}
	return nil
}
