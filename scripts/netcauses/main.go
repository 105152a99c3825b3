// Command netcauses provokes the causes of silence that cannot be made on loopback,
// each on a cable of its own, and tells whether fetch names them. It has to run in a
// network namespace made for it: scripts/network-causes does that.
//
// The client is in that namespace, with all of this process but two threads. These
// have each another namespace: a router's, and that where the servers listen. A cable
// is a pair of virtual network cards from the client to the router and one from there
// to the servers. Everything is gone when the process ends.
//
// Cases whose number stands twice are the same cause in two ways. The numbers are
// those of the hang matrix.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// errSkip says that the system does not let a network be made.
var errSkip = errors.New("SKIPPED")

func main() {
	outside := flag.String("outside", "", "the network namespace that must not be touched, as /proc/self/ns/net links to it")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	results, err := provokeAll(ctx, *outside)
	switch {
	case errors.Is(err, errSkip):
		fmt.Println(err)
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "netcauses:", err)
		os.Exit(1)
	}
	if wrong := report(os.Stdout, results); wrong > 0 {
		fmt.Fprintf(os.Stderr, "netcauses: %d of %d cases are wrong\n", wrong, len(results))
		os.Exit(1)
	}
}

// result is what came of one case.
type result struct {
	number  string // of the cause in the hang matrix
	what    string // was done
	phase   string
	seen    []string
	label   string
	sure    string
	likely  time.Duration // until the cause was named at all
	named   time.Duration // until it was named as surely as it has to be
	doubt   bool          // the label is known to be wrong, and must not be certain
	problem error         // nil: as it has to be
}

// report prints a table and gives how many cases are wrong.
func report(out io.Writer, results []result) int {
	wrong := 0
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "cause\twhat was done\tphase\tlabel\tcertainty\tfirst named\tas sure as that\tseen")
	for _, r := range results {
		if r.problem != nil {
			wrong++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			r.number, r.what, r.phase, r.label, r.sure, seconds(r.likely), seconds(r.named), strings.Join(r.seen, "; "))
	}
	if err := table.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "netcauses:", err)
	}
	for _, r := range results {
		if r.doubt {
			fmt.Fprintf(out, "NOT TOLD APART: %s, %s: the label blames another, and it is never certain\n", r.number, r.what)
		}
		if r.problem != nil {
			fmt.Fprintf(out, "WRONG: %s, %s: %v\n", r.number, r.what, r.problem)
		}
	}
	return wrong
}

func seconds(d time.Duration) string {
	if d == 0 {
		return "never"
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
