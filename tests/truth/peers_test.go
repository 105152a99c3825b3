package truth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo/mutant"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// asked is how many targets of a repository python-tuf's client is asked for at most.
const asked = 40

// TestPythonTUFDoesWhatIsSaidOfIt has python-tuf's client go through the repository of
// every case, and holds what it does against what is said of it.
func TestPythonTUFDoesWhatIsSaidOfIt(t *testing.T) {
	peer := startNgclient(t)
	for _, c := range all() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st, cfg, repo := c.run(t)
			// It gets a server of its own: some faults heal with the requests for a file.
			var base string
			if strings.Contains(cfg.Repository, "://") {
				base = c.server(t, repo)
			} else {
				server := httptest.NewServer(http.FileServer(http.Dir(cfg.Repository)))
				defer server.Close()
				base = server.URL
			}
			moved := func(address string) string {
				rest, ok := strings.CutPrefix(address, cfg.Repository)
				if !ok { // it had another name for the run
					rest, ok = strings.CutPrefix(address, "http://repo.example")
				}
				if !ok {
					return address
				}
				return base + rest
			}
			root, at := cfg.Root, cfg.At
			if root == nil {
				root = repo.Root(int(st.Anchor.Version))
			}
			if at.IsZero() {
				at = time.Now()
			}
			q := &ngRequest{Metadata: moved(st.Run.MetadataURL), Targets: moved(st.Run.TargetsURL), Root: root, At: at}
			holdAgainst(t, peer, st, q)
		})
	}
}

// TestPythonTUFDoesWhatIsSaidOfBrokenOnes does the same with small repositories that
// chance has broken.
func TestPythonTUFDoesWhatIsSaidOfBrokenOnes(t *testing.T) {
	peer := startNgclient(t)
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	for seed := range 5 * mutations() {
		c, err := mutant.New(seed)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.String(), func(t *testing.T) {
			server := httptest.NewServer(c)
			defer server.Close()
			st := inspected(t, source, c, server.URL)
			holdAgainst(t, peer, st, &ngRequest{Metadata: st.Run.MetadataURL, Targets: st.Run.TargetsURL, Root: c.Root, At: c.At})
		})
	}
}

// holdAgainst asks the client and says all differences.
func holdAgainst(t *testing.T, peer *ngclient, st *engine.State, q *ngRequest) {
	t.Helper()
	v := verdictOf(st, finding.PythonTUF)
	if v == nil || q.Root == nil {
		return // there is no root to start from, and nothing is said
	}
	_, total := outcome(st)
	q.Paths = append([]string{}, total[:min(asked, len(total))]...)
	d := differing{st: st, v: v, a: peer.ask(t, q)}
	d.look(q.Paths)
	for _, s := range d.found {
		t.Errorf("%s\nsaid: %s at %q (%s), refusing %d of %d targets: %v\nit: stops at %q: %s: %s\n%s",
			s, v.State, v.Role, v.Why, v.Refused, v.Listed, v.First, d.a.Stage, d.a.Kind, d.a.Why, show(st))
	}
}

func verdictOf(st *engine.State, c finding.Client) *trust.ClientVerdict {
	i := slices.IndexFunc(st.Clients, func(v trust.ClientVerdict) bool { return v.Client == c.String() })
	if i < 0 {
		return nil
	}
	return &st.Clients[i]
}

// differing looks for differences between what is said of the client and what it does.
// That it may refuse something is no claim, and where files do not come it decides nothing.
type differing struct {
	st    *engine.State
	v     *trust.ClientVerdict
	a     *ngAnswer
	found []string
}

func (d *differing) say(format string, args ...any) {
	d.found = append(d.found, fmt.Sprintf(format, args...))
}

func (d *differing) look(paths []string) {
	a, v := d.a, d.v
	switch {
	case a.Stage == "?" || v.State == trust.ClientUnknown:
		return
	case a.Stage != "" && network(a.Kind):
		d.say("it cannot tell, and that is not said")
	case a.Stage != "" && v.State == trust.ClientAccepts:
		d.say("it refuses what it is said to accept")
	case a.Stage == "" && v.State == trust.ClientRefuses:
		d.say("it accepts what it is said to refuse")
	case a.Stage != "":
		// It may stop before, at a role of which it is only said that it may. Whether the
		// root has expired it looks only once the timestamp has come.
		late := stage(v.Role) == 0 && a.Stage == "timestamp" && strings.HasPrefix(a.Kind, "status ")
		if stage(a.Stage) > stage(v.Role) && !late {
			d.say("it goes beyond the role at which it is said to stop")
		}
	default:
		for _, p := range paths {
			d.target(p)
		}
	}
}

// stage is when the client comes to a top-level role.
func stage(role string) int {
	if strings.Contains(role, "root") {
		return 0
	}
	return 1 + slices.Index([]string{"timestamp", "snapshot", "targets"}, role)
}

func (d *differing) target(path string) {
	got, ok := d.a.Targets[path]
	if !ok || network(got.Kind) || d.v.Refused > len(d.v.First) { // not all that it refuses are named
		return
	}
	verified, _ := outcome(d.st)
	ours := slices.Contains(verified, path)
	finds := got.Step != "search"
	switch said := !slices.Contains(d.v.First, path); {
	case finds && !said:
		d.say("it finds %s", path)
	case !finds && said && !d.v.Holes: // else a role on the way is one that it may refuse
		d.say("it does not find %s: %s", path, got.Why)
	case finds && ours && got.Step == "download" && !d.excused(path):
		d.say("it does not take %s, which is verified: %s", path, got.Why)
	}
}

// excused tells whether a finding says that some clients do not get a target.
func (d *differing) excused(path string) bool {
	list := said(d.st)
	return slices.Contains(list, string(finding.OddTargetName)+" "+path) || slices.Contains(list, string(finding.AnswersDiffer)+" "+path)
}
