package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/fetch"
)

// probeConns is enough for all that one investigation asks at a time.
const probeConns = 16

func newProbe(std streams) *cobra.Command {
	var f transportFlags
	var format string
	cmd := &cobra.Command{
		Use:   "probe [flags] URL [OTHER-URL]",
		Short: "ask the network why a file is stuck: each address, each protocol",
		Long: `probe resolves the host of a file, connects to each of its addresses, and asks
each for the first byte and for the first 64 KiB over HTTP/1.1 and HTTP/2, in
parallel, each step for at most ten seconds. It ends with one sentence that says
which address, protocol or file is sick. A second URL of the same host tells a
silent server from one that is silent for a single file.

Exit codes: 0 everything answers, 3 something does not, 64 usage.`,
		Example: `  tufinspect probe https://tuf.example.org/metadata/timestamp.json
  tufinspect probe --resolve tuf.example.org:443:203.0.113.7 \
      https://tuf.example.org/targets/a https://tuf.example.org/targets/b`,
		Args:              oneFile,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef("--format: %q is not text or json", format)
			}
			out := alive.NewLines(std.out) // whoever reads it may not
			err := probe(cmd.Context(), std, out, &f, format, args)
			if closed := out.Close(std.limits.report); err == nil {
				err = closed
			}
			return err
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", "text", "the form of the answer: text or json")
	return cmd
}

// oneFile is the argument rule of probe.
func oneFile(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usagef("no file: give the URL of one, as in: %s", cmd.UseLine())
	case 1, 2:
		return nil
	}
	return usagef("one file and one to compare it with: %q is one too many, as in: %s", args[2], cmd.UseLine())
}

func probe(ctx context.Context, std streams, out io.Writer, f *transportFlags, format string, args []string) error {
	var files []fetch.File
	for _, arg := range args {
		file, err := fetch.SplitFile(arg)
		if err != nil {
			return usagef("%q is not the URL of a file: %w", fetch.Redact(arg), err)
		}
		files = append(files, file)
	}
	opt, err := f.options(probeConns)
	if err != nil {
		return err
	}
	client, err := fetch.New(opt)
	if err != nil {
		return usageError{err}
	}
	defer client.Close()
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()

	var report func(fetch.Step)
	if format == "text" {
		report = func(s fetch.Step) { printStep(out, &s) }
	}
	end := client.Investigate(ctx, files[0], report, files[1:]...)
	if format == "json" {
		err = writeProbe(out, fetch.Redact(args[0]), &end)
	} else {
		_, err = fmt.Fprintf(out, "\n%s\n", end.Text)
	}
	switch {
	case err != nil:
		return err
	case sig.code() != 0:
		return exitError(sig.code())
	case !end.Answers:
		return exitError(exitUnknown)
	}
	return nil
}

// printStep writes a line of the table.
func printStep(w io.Writer, s *fetch.Step) {
	fmt.Fprintf(w, "%-11s  %-22s  %-8s  %-7s  %7s  %s\n", s.Check, dash(s.Address), dash(s.Protocol), s.Result,
		s.Duration.Round(time.Millisecond), s.Outcome)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// probeReport is what probe prints as JSON.
type probeReport struct {
	URL        string      `json:"url"`
	Conclusion string      `json:"conclusion"`
	Answers    bool        `json:"answers"`
	Steps      []probeStep `json:"steps"`
}

type probeStep struct {
	Check    fetch.Check      `json:"check"`
	Address  string           `json:"address,omitempty"`
	Protocol string           `json:"protocol,omitempty"`
	Result   fetch.StepResult `json:"result"`
	Seconds  float64          `json:"duration_seconds"`
	Outcome  string           `json:"outcome"`
	Status   int              `json:"status,omitempty"`
}

func writeProbe(w io.Writer, url string, c *fetch.Conclusion) error {
	r := probeReport{URL: url, Conclusion: c.Text, Answers: c.Answers, Steps: []probeStep{}}
	for _, s := range c.Steps {
		r.Steps = append(r.Steps, probeStep{s.Check, s.Address, s.Protocol, s.Result, s.Duration.Seconds(), s.Outcome, s.Status})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
