package engine

import (
	"errors"
	"fmt"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// MaxWorkers is the most attempts that may run at a time.
const MaxWorkers = 256

// RootSource says where the trusted root came from.
type RootSource string

const (
	// RootPinned is a root whose digest was given.
	RootPinned RootSource = "pinned"
	// RootFile is a root that was given without a digest.
	RootFile RootSource = "file"
	// RootFirstUse is the oldest usable root that the repository itself serves.
	RootFirstUse RootSource = "first-use"
	// RootRemembered is the root with which an earlier run has ended, whose first root
	// was given.
	RootRemembered RootSource = "remembered"
)

// Config says what to inspect and how. [DefaultConfig] fills in the defaults.
type Config struct {
	// Version of this program, for the report.
	Version string
	// Source brings the files. The caller closes it after the run.
	Source fetch.Source
	// Repository is the address of the metadata: an http(s) URL or a folder. When
	// it has no timestamp.json, Repository/metadata is tried.
	Repository string
	// TargetsURL is where target files are; "" derives it from Repository.
	TargetsURL string
	// Root is the trusted root's bytes; nil asks for trust on first use.
	Root       []byte
	RootSource RootSource
	// FromRoot, when positive, is the version of the root to start from as the
	// repository serves it. It counts without Root only.
	FromRoot int64
	// Preface is what who starts the run has to say of it, for people and for recordings.
	// It is published directly after RunStarted, made printable.
	Preface []Noted
	// Memory is what earlier runs have left. The zero value remembers nothing.
	Memory Memory
	// At is the reference time for expiry; zero means the moment of the start.
	At time.Time
	// ExpiresWithin overrides, when positive, how long before its end a role is
	// warned about.
	ExpiresWithin time.Duration
	// MetadataOnly leaves target files alone.
	MetadataOnly bool
	// Workers is how many attempts run at a time, 1 to MaxWorkers; 0 lets the run find
	// out how many are worth it, up to AutoWorkers. Up to as many stalled ones come on
	// top: a Source should allow for twice as many connections.
	Workers int
	// StallAfter is how long no byte and no phase change make a stall.
	StallAfter time.Duration
	// StallTimeout is how long an attempt stays stalled before it ends; 0 waits
	// for a command, which only an interactive run can get.
	StallTimeout time.Duration
	// MinRate is the rate, in bytes a second over half a minute, below which a body
	// counts as stalled; 0 lets it be as slow as it is.
	MinRate int64
	// Retries is how many further attempts in a row an item gets when one can help
	// and none of them brings it on.
	Retries int
	// GiveUpAfter is how long the queue of a silent host is held in a run without a
	// person, before what waits for it is called unknown.
	GiveUpAfter time.Duration
	// Deadline bounds the whole run; 0 means none.
	Deadline time.Duration
	// Watchdog watches the control loop; nil watches nothing. Hand what it says to
	// Session.Alarm.
	Watchdog *alive.Watchdog
	// Interactive keeps the run open after all is done, until Stop.
	Interactive bool
}

// Memory is what is known from earlier runs. It was read before the run, and what the
// run leaves for later ones is given by [Session.Remember]: the run itself touches no
// file of it.
type Memory struct {
	// Before is what the last run of full success has left, or nil.
	Before *trust.Remembered
	// Notes are what there is to say of how it was read.
	Notes []finding.Finding
}

// DefaultConfig has the defaults of the command line; Source and Repository are
// still to be set.
func DefaultConfig() Config {
	return Config{StallAfter: 10 * time.Second, StallTimeout: 60 * time.Second, Retries: 3, GiveUpAfter: 60 * time.Second}
}

// Validate names the first field that cannot be, and what would be right.
func (c *Config) Validate() error {
	switch {
	case c.Source == nil:
		return errors.New("engine: no source to fetch from")
	case c.Repository == "":
		return errors.New("no repository: give the URL or the folder of its metadata")
	case c.FromRoot < 0:
		return fmt.Errorf("from-root: %d is not a version: they count from 1", c.FromRoot)
	case c.Workers < 0 || c.Workers > MaxWorkers:
		return fmt.Errorf("workers: %w", notWorkers(c.Workers))
	case c.StallAfter <= 0:
		return fmt.Errorf("stall-after: %s is not longer than 0s", c.StallAfter)
	case c.StallTimeout < 0:
		return fmt.Errorf("stall-timeout: %s is negative", c.StallTimeout)
	case c.StallTimeout == 0 && !c.Interactive:
		return errors.New("stall-timeout: 0 waits for a person, which only the terminal UI has; give a duration such as 60s")
	case c.MinRate < 0:
		return fmt.Errorf("min-rate: %d is negative", c.MinRate)
	case c.GiveUpAfter <= 0 && !c.Interactive:
		return fmt.Errorf("give-up-after: %s is not longer than 0s, and a run without a person must not wait for ever", c.GiveUpAfter)
	case c.Retries < 0:
		return fmt.Errorf("retries: %d is negative", c.Retries)
	case c.Deadline < 0:
		return fmt.Errorf("deadline: %s is negative", c.Deadline)
	}
	return nil
}

// notWorkers says that there cannot be so many.
func notWorkers(n int) error {
	return fmt.Errorf("%d is neither between 1 and %d nor 0, which is as many as are worth it", n, MaxWorkers)
}
