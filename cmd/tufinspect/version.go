package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildInfo is what `version --json` prints.
type buildInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	GoTUF   string `json:"go_tuf"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func newVersion(std streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the versions of tufinspect, Go and go-tuf",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := readBuildInfo()
			if asJSON {
				enc := json.NewEncoder(std.out)
				enc.SetIndent("", "  ")
				return enc.Encode(b)
			}
			commit := ""
			if b.Commit != "" {
				commit = " (" + b.Commit + ")"
			}
			_, err := fmt.Fprintf(std.out, "tufinspect %s%s, %s, go-tuf %s, %s/%s\n", b.Version, commit, b.Go, b.GoTUF, b.OS, b.Arch)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

func readBuildInfo() buildInfo {
	b := buildInfo{Version: version, Go: runtime.Version(), GoTUF: "unknown", OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/theupdateframework/go-tuf/v2" {
			b.GoTUF = d.Version
		}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}
