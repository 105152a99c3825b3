package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"example.com/tufinspect/internal/bundle"
	"example.com/tufinspect/internal/journal"
)

// bundleReadme says what is in an archive.
func bundleReadme(name string, dumps []bundle.File) string {
	about := ""
	if len(dumps) > 0 {
		about = `  goroutines.txt    what the inspector itself was doing, if it made this file in one go
  inspector/        dumps and traces that it wrote about itself during the run
`
	}
	return fmt.Sprintf(`What tufinspect has to say of one run.

  report.txt        the verdict, what is wrong, and what to do about it
  report.json       the same for programs
  %s   everything that happened, as JSON lines
  requests.har      every request with its phases: a browser's developer tools open it
                    (Network, Import HAR file)
%s  versions.json     versions, how it was called, and its surroundings

  tufinspect replay %s    shows the run again, in its own time

Passwords, tokens, cookies and query strings are left out. Names of hosts, files, roles and
keys are in it.
`, bundle.RecordingName, about, name)
}

// surroundings are the variables of the environment that change what this program does, or
// what its screen looks like.
var surroundings = []string{
	"TERM", "COLORTERM", "NO_COLOR", "CLICOLOR_FORCE", "LANG", "LC_ALL", "LC_CTYPE", "CI", "TMUX", "STY", "SSH_CONNECTION",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK",
}

// justSet are those whose value says more than is needed.
var justSet = map[string]bool{"TMUX": true, "STY": true, "SSH_CONNECTION": true}

// versionsFile is versions.json.
func versionsFile(l *journal.Log) ([]byte, error) {
	type module struct {
		Path    string `json:"path"`
		Version string `json:"version"`
	}
	var v struct {
		Recorded    journal.Program   `json:"recorded_by"` // and how that was called
		Packed      buildInfo         `json:"packed_by"`
		Modules     []module          `json:"modules"`
		Environment map[string]string `json:"environment"` // of the one who packed
	}
	v.Recorded, v.Packed, v.Environment = l.Program, readBuildInfo(), map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			v.Modules = append(v.Modules, module{d.Path, d.Version})
		}
	}
	for _, name := range surroundings {
		value, ok := os.LookupEnv(name)
		switch {
		case !ok:
		case justSet[name]:
			v.Environment[name] = "(set)"
		case strings.HasSuffix(strings.ToLower(name), "_proxy") && strings.ToLower(name) != "no_proxy":
			v.Environment[name] = shownProxy(value)
		default:
			v.Environment[name] = shownPlace(value)
		}
	}
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}

// shownProxy is a proxy without its password: one may be given without a scheme.
func shownProxy(s string) string {
	if s != "" && !strings.Contains(s, "://") {
		return strings.TrimPrefix(shownPlace("http://"+s), "http://")
	}
	return shownPlace(s)
}
