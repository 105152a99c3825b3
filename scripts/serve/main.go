// Command serve builds a repository and serves it on loopback, for measurements: a
// server in a process of its own. It prints its address, writes the trusted root
// beside, and ends by itself.
//
//	go run ./scripts/serve -targets 5000 -size 4096 -root /tmp/root.json -for 5m
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"example.com/tufinspect/demo"
)

func main() {
	targets := flag.Int("targets", 5000, "how many targets")
	size := flag.Int64("size", 4096, "bytes of each")
	bins := flag.Int("bins", 0, "in how many hash bins they are listed, a power of two; 0: all in the targets role")
	both := flag.Bool("both", false, "list sha256 and sha512")
	root := flag.String("root", "root.json", "where to write the trusted root")
	dir := flag.String("dir", "", "write the repository into this folder instead of serving it")
	silent := flag.String("silent", "", "never answer for files of this pattern, as in targets/**")
	latency := flag.Duration("latency", 0, "how long every answer waits before it begins")
	limit := flag.Duration("for", 10*time.Minute, "how long to serve")
	flag.Parse()
	if err := serve(*targets, *size, *bins, *both, *root, *dir, *silent, *latency, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func serve(targets int, size int64, bins int, both bool, root, dir, silent string, latency, limit time.Duration) error {
	spec := demo.Spec{Seed: 1}
	spec.Timestamp.Expires = 30 * 24 * time.Hour
	for i := range targets {
		t := demo.Target{Path: fmt.Sprintf("d%02d/t%06d", i%100, i), Size: size}
		if both {
			t.Hashes = demo.BothHashes()
		}
		spec.Targets = append(spec.Targets, t)
	}
	if bins > 0 { // a role's file has at most 64 MiB, and so some 400,000 targets
		spec.Bins = &demo.Bins{Count: bins, Targets: spec.Targets}
		spec.Targets = nil
	}
	repo, err := spec.Build()
	if err != nil {
		return err
	}
	if err := os.WriteFile(root, repo.Root(1), 0o600); err != nil {
		return err
	}
	if dir != "" {
		return repo.WriteTo(dir)
	}
	server, err := demo.Serve(repo, demo.WithLatency(latency))
	if err != nil {
		return err
	}
	defer server.Close()
	if silent != "" {
		server.SetFault(silent, demo.Fault{Kind: demo.StallHeaders})
	}
	fmt.Println(server.URL())
	time.Sleep(limit)
	return nil
}
