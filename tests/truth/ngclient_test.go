package truth

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// ngclient is a Python process that runs python-tuf's client, one repository at a time.
type ngclient struct {
	mu       sync.Mutex
	in       *json.Encoder
	out      *bufio.Scanner
	stderr   bytes.Buffer
	versions string
}

// ngRequest is a repository for the client. Addresses have no slash at their end.
type ngRequest struct {
	Metadata string    `json:"metadata"`
	Targets  string    `json:"targets"`
	Root     []byte    `json:"root"`
	At       time.Time `json:"at"` // of which seconds count
	Paths    []string  `json:"paths"`
}

// ngAnswer is what the client makes of it.
type ngAnswer struct {
	Stage   string              `json:"stage"` // the top-level role at which it stops, or "" if it takes all
	Root    int64               `json:"root"`  // the version with which it ended
	Kind    string              `json:"kind"`  // refused, absent, network, or "status 404"
	Why     string              `json:"why"`
	Targets map[string]ngTarget `json:"targets"`
}

// ngTarget is how far it gets with a target: Step is "" if it has downloaded it.
type ngTarget struct {
	Step string `json:"step"` // search or download
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// network says that nothing was decided: the files did not come.
func network(kind string) bool {
	return kind == "network" || strings.HasPrefix(kind, "status ") && kind != "status 404" && kind != "status 410"
}

// startNgclient starts python-tuf's client with the Python that TUFINSPECT_PYTHON_TUF
// names, or skips the test. The process ends with the test.
func startNgclient(t *testing.T) *ngclient {
	t.Helper()
	python := os.Getenv("TUFINSPECT_PYTHON_TUF")
	if python == "" {
		t.Skip("TUFINSPECT_PYTHON_TUF does not name a Python that has python-tuf")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, python, "testdata/ngclient.py")
	p := &ngclient{}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr, cmd.WaitDelay = &p.stderr, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	p.in, p.out = json.NewEncoder(in), bufio.NewScanner(out)
	p.out.Buffer(nil, 64<<20)
	if !p.out.Scan() {
		_ = in.Close()
		_ = cmd.Wait()
		t.Fatalf("it does not start: %s", p.stderr.String())
	}
	p.versions = p.out.Text()
	t.Log("runs with ", p.versions)
	return p
}

// ask has the client go through a repository.
func (p *ngclient) ask(t *testing.T, q *ngRequest) *ngAnswer {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	q.At = q.At.UTC().Truncate(time.Second)
	if err := p.in.Encode(q); err != nil {
		t.Fatal(err)
	}
	if !p.out.Scan() {
		t.Fatalf("it has ended: %v: %s", p.out.Err(), p.stderr.String())
	}
	a := &ngAnswer{}
	if err := json.Unmarshal(p.out.Bytes(), a); err != nil {
		t.Fatal(err)
	}
	return a
}
