package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/safe"
)

// What a release gives when it links (-ldflags -X): strings, and never set otherwise. A
// build without them knows as much as Go has stamped into it.
var (
	linkedVersion = "" // without the v of its tag
	linkedCommit  = "" // in full
	linkedDate    = "" // the commit's; RFC 3339, in UTC
	linkedDirty   = "" // "true" when files were changed since
)

// buildInfo says what this program was made of. It is what `version --json` prints:
// fields may be added to it, and none goes or changes its meaning while Schema stays.
type buildInfo struct {
	Schema     string `json:"schema"`
	Version    string `json:"version"`     // "dev" when nobody has given one
	Commit     string `json:"commit"`      // "" when it is not known
	CommitDate string `json:"commit_date"` // RFC 3339, in UTC; "" when it is not known
	Dirty      *bool  `json:"dirty"`       // whether files were changed since; null when it is not known
	Go         string `json:"go"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	GoTUF      string `json:"go_tuf"`
	BubbleTea  string `json:"bubble_tea"`
	LipGloss   string `json:"lip_gloss"`
}

const (
	buildSchema = "tufinspect.version/1"
	noVersion   = "dev"
)

// programVersion is the version of this program, or "dev".
func programVersion() string { return readBuildInfo().Version }

// readBuildInfo gives what the linker was told, and else what Go has stamped.
func readBuildInfo() buildInfo {
	b := linked(linkedVersion, linkedCommit, linkedDate, linkedDirty)
	if info, ok := debug.ReadBuildInfo(); ok {
		b.stamped(info)
	}
	if b.Version == "" {
		b.Version = noVersion
	}
	return b
}

// linked is the part that a release gives, and what needs no stamp. Whoever builds can
// give anything: what is no date, and neither true nor false, is not known.
func linked(version, commit, date, dirty string) buildInfo {
	b := buildInfo{
		Schema: buildSchema, Version: safe.Text(version), Commit: safe.Text(commit),
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
	}
	if at, err := time.Parse(time.RFC3339, date); err == nil {
		b.CommitDate = at.UTC().Format(time.RFC3339)
	}
	if changed, err := strconv.ParseBool(dirty); err == nil {
		b.Dirty = &changed
	}
	return b
}

// stamped adds what Go knows of this build. The commit that the linker was told of stands
// with its date and state: a stamp of another is not mixed with it.
func (b *buildInfo) stamped(info *debug.BuildInfo) {
	if v := info.Main.Version; b.Version == "" && v != "(devel)" {
		b.Version = strings.TrimPrefix(v, "v")
	}
	for path, to := range map[string]*string{
		"github.com/theupdateframework/go-tuf/v2": &b.GoTUF,
		"github.com/charmbracelet/bubbletea":      &b.BubbleTea,
		"github.com/charmbracelet/lipgloss":       &b.LipGloss,
	} {
		*to = moduleVersion(info, path)
	}
	if b.Commit != "" {
		return
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.CommitDate = s.Value
		case "vcs.modified":
			if changed, err := strconv.ParseBool(s.Value); err == nil {
				b.Dirty = &changed
			}
		}
	}
}

// moduleVersion is the version of a module in this program; "" when it is not in it.
func moduleVersion(info *debug.BuildInfo, path string) string {
	for _, d := range info.Deps {
		switch {
		case d.Path != path:
		case d.Replace != nil:
			return strings.TrimSpace(d.Replace.Path + " " + d.Replace.Version)
		default:
			return d.Version
		}
	}
	return ""
}
