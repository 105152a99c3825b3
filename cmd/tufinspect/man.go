package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/manual"
	"example.com/tufinspect/internal/safe"
)

func newMan(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "write the manual pages, all into a folder or the first to stdout",
		Long: `man writes a manual page for each command into the folder DIR, which is made if
it is not there. Without DIR it prints the page of tufinspect itself.`,
		Example: `  tufinspect man /usr/local/share/man/man1
  tufinspect man | man -l -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pages := manual.Pages(cmd.Root(), lists())
			if len(args) == 0 {
				_, err := std.out.Write(pages[0].Text)
				return err
			}
			return writePages(args[0], pages)
		},
	}
}

func writePages(dir string, pages []manual.Page) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the folder for manual pages: %s", safe.Error(err))
	}
	for _, p := range pages {
		err := disk.WriteFile(filepath.Join(dir, p.Name), func(w io.Writer) error {
			_, err := w.Write(p.Text)
			return err
		})
		if err != nil {
			return fmt.Errorf("writing a manual page: %s", safe.Error(err))
		}
	}
	return nil
}

// lists are what the manual page says besides the commands.
func lists() manual.Lists {
	return manual.Lists{
		Exit: exitCodes(),
		Environment: []manual.Entry{
			{Name: "XDG_STATE_HOME", Means: "the folder in which the folder tufinspect remembers the last verified state, and keeps dumps of its own faults"},
			{Name: "HTTP_PROXY, HTTPS_PROXY, NO_PROXY", Means: "the proxy, unless --proxy says otherwise; the same in small letters"},
			{Name: "NO_COLOR", Means: "if it is not empty: no colours, whatever --theme says"},
			{Name: "COLORFGBG", Means: "whether the terminal is light or dark, for --theme auto"},
			{Name: "TERM", Means: "dumb or nothing: plain lines; linux: no characters beyond ASCII"},
			{Name: "LC_ALL, LC_CTYPE, LANG", Means: "C and POSIX, Chinese, Japanese and Korean: no characters beyond ASCII"},
			{Name: "TMUX", Means: "names are copied through tmux"},
		},
		Files: []manual.Entry{
			{Name: "~/.local/state/tufinspect", Means: "the state folder without XDG_STATE_HOME; on macOS ~/Library/Application Support/tufinspect, on Windows %LocalAppData%\\tufinspect"},
		},
	}
}
