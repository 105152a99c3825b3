package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/client"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// exitRefused is how a client says no.
const exitRefused = 1

// clientFlags are those of the conformance suite's protocol for clients.
type clientFlags struct {
	metadataDir, metadataURL             string
	targetName, targetDir, targetBaseURL string
}

// newClient makes the command that behaves as a client: it is for suites that test
// clients, and hidden from people.
func newClient(std streams) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:    "client",
		Short:  "behave as a TUF client, for tests of interoperability",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(*cobra.Command, []string) error { return usagef("client: give init, refresh or download") },
	}
	p := cmd.PersistentFlags()
	p.StringVar(&f.metadataDir, "metadata-dir", "", "the `FOLDER` of the metadata that is trusted")
	p.StringVar(&f.metadataURL, "metadata-url", "", "the `URL` of the metadata")
	p.StringVar(&f.targetName, "target-name", "", "the `PATH` of the target to download")
	p.StringVar(&f.targetDir, "target-dir", "", "the `FOLDER` for what is downloaded")
	p.StringVar(&f.targetBaseURL, "target-base-url", "", "the `URL` of the targets")
	add := func(use, short string, args cobra.PositionalArgs, do func(ctx context.Context, c *client.Client, args []string) error) {
		cmd.AddCommand(&cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), std, func(ctx context.Context, c *client.Client) error { return do(ctx, c, args) })
		}})
	}
	add("init ROOT", "trust this root", cobra.ExactArgs(1), func(_ context.Context, c *client.Client, args []string) error {
		root, err := readFile("ROOT", args[0], "give the trusted root", trust.DefaultLimits().RootMax)
		if err != nil {
			return err
		}
		return c.Init(root)
	})
	add("refresh", "update the metadata", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error { return c.Refresh(ctx) })
	add("download", "update the metadata and download a target", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		if f.targetName == "" || f.targetDir == "" {
			return usagef("client: --target-name or --target-dir is missing")
		}
		return c.Download(ctx, f.targetName, client.Files{Dir: f.targetDir})
	})
	return cmd
}

// run makes a client, lets it do something, and says in one line why it did not.
func (f *clientFlags) run(ctx context.Context, std streams, do func(context.Context, *client.Client) error) error {
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	source, err := fetch.New(fetch.Options{})
	if err != nil {
		return err
	}
	defer source.Close()
	cfg := client.Config{
		Cache: client.Folder{Dir: f.metadataDir, Limit: trust.DefaultLimits().File},
		At:    systemTime(ctx),
	}
	if f.metadataDir == "" {
		err = usagef("client: --metadata-dir is missing")
	}
	if err == nil {
		cfg.Metadata, err = remote(source, "--metadata-url", f.metadataURL, true)
	}
	if err == nil {
		cfg.Targets, err = remote(source, "--target-base-url", f.targetBaseURL, false)
	}
	if err == nil {
		err = do(ctx, client.New(cfg))
	}
	if err != nil {
		say(std.err, fmt.Sprintf("tufinspect: %s\n", safe.Error(err)))
		return exitError(exitRefused)
	}
	return nil
}

// remote is where files come from; without a URL there are none.
func remote(source fetch.Source, flag, url string, flat bool) (client.Fetcher, error) {
	if url == "" {
		return client.Nowhere{Flag: flag}, nil
	}
	base, err := fetch.ParseBase(url)
	if err != nil {
		return nil, usagef("%s: %w", flag, err)
	}
	return &client.Remote{Source: source, Base: base, Flat: flat, Patience: client.DefaultPatience()}, nil
}

// dateLimit is how long the program date may take.
const dateLimit = 5 * time.Second

// systemTime asks the program date what time it is. Suites set a clock by
// libfaketime, which programs see that use the C library: date does, and this one
// does not.
func systemTime(ctx context.Context) time.Time {
	ctx, cancel := context.WithTimeout(ctx, dateLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "date", "+%s").Output()
	seconds, perr := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil || perr != nil {
		return time.Now()
	}
	return time.Unix(seconds, 0)
}
