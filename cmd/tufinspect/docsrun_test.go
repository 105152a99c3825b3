package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/docs"
)

// TestDocumentedRuns types the command lines of the documents into a shell, those in
// blocks that are marked as its language, in their order, a folder for each document.
// There, root.json is a trusted root, repository a folder and report.json the example of a
// report; https://tuf.example.org stands for a healthy repository, and
// https://sick.example.org for one with a corrupt target. A line ends with the exit
// code that the comment behind it says, "exit code 2", or else with 0. With "prints
// this:" in the comment, the next block is what it prints.
func TestDocumentedRuns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell as the documents mean it")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell: ", err)
	}
	for _, p := range documents(t) {
		if !slices.ContainsFunc(p.Blocks, func(b docs.Block) bool { return b.Language == "sh" }) {
			continue
		}
		t.Run(p.Path, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t, shell)
			for i, b := range p.Blocks {
				if b.Language != "sh" {
					continue
				}
				var last []byte
				for _, c := range b.Commands() {
					out, ran := s.run(t, p.Path, c)
					if ran && strings.Contains(c.Note, "prints this:") {
						last = out
					}
				}
				if last != nil && i+1 < len(p.Blocks) {
					s.shows(t, p.Path, p.Blocks[i+1], last)
				}
			}
		})
	}
}

// Some lines stand for what is run elsewhere: the tests, by who runs this one. Others
// want a program that may not be installed.
var (
	notHere = regexp.MustCompile(`^(go (test|build|doc) |scripts/|\.ci/|git |docker |sudo )`)
	needs   = regexp.MustCompile(`^(jq|go)\b|\bman -l`)
)

// lineWithin is how long a line may take: one builds the program.
const lineWithin = 3 * time.Minute

// standIn is the world in which the lines of a document are run.
type standIn struct {
	dir, shell string
	replace    *strings.Replacer
}

func newStandIn(t *testing.T, shell string) *standIn {
	t.Helper()
	s := &standIn{dir: t.TempDir(), shell: shell}
	spec := demo.Spec{Seed: 11, MetadataDir: "metadata", Start: time.Now().Add(-2 * time.Hour).Truncate(time.Second)}
	spec.Timestamp.Expires = 10 * 24 * time.Hour
	spec.Targets = []demo.Target{{Path: "a", Size: 1000}, {Path: "b", Size: 2000}, {Path: "tool.tar.gz", Size: 300_000}}
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	if err := repo.WriteTo(filepath.Join(s.dir, "repository")); err != nil {
		t.Fatal(err)
	}
	s.write(t, "root.json", repo.Root(1))
	report, err := os.ReadFile(exampleReport)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "report.json", report)
	serve := func(opts ...demo.Option) string {
		server, err := demo.Serve(repo, opts...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		return server.URL()
	}
	s.replace = strings.NewReplacer(
		"https://tuf.example.org", serve(),
		"https://sick.example.org", serve(demo.WithFault("targets/b", demo.Fault{Kind: demo.Corrupt, After: 10})),
		"go run ./cmd/tufinspect", "tufinspect",
	)
	return s
}

func (s *standIn) write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run types one line, and gives what it printed, if it could be run.
func (s *standIn) run(t *testing.T, page string, c docs.Command) (out []byte, ran bool) {
	t.Helper()
	if notHere.MatchString(c.Text) || strings.Contains(c.Text, "demo") && testing.Short() {
		return nil, false
	}
	if tool := needs.FindString(c.Text); tool != "" {
		if _, err := exec.LookPath(strings.Fields(tool)[0]); err != nil {
			t.Logf("%s:%d: not run, there is no %s", page, c.Line, tool)
			return nil, false
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), lineWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.shell, "-c", s.replace.Replace(c.Text))
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(s.dir, ".state"), "TERM=dumb")
	if strings.HasPrefix(c.Text, "go ") {
		cmd.Dir, cmd.Env = projectRoot, append(cmd.Env, "GOBIN="+filepath.Join(s.dir, "bin"))
	}
	out, err := cmd.CombinedOutput()
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%s:%d: %s: %v", page, c.Line, c.Text, err)
	}
	if want := codeSaid(c.Note); code != want {
		t.Errorf("%s:%d: %s: exit code %d, and the page says %d\n%s", page, c.Line, c.Text, code, want, out)
	}
	return out, true
}

// shows tells whether a line prints what the document shows as its output: all of the
// lines in this order, and perhaps more; figures differ.
func (s *standIn) shows(t *testing.T, page string, shown docs.Block, out []byte) {
	t.Helper()
	figure := regexp.MustCompile(`[0-9]+`)
	blanks := regexp.MustCompile(` +`)
	same := func(l string) string {
		return blanks.ReplaceAllString(figure.ReplaceAllString(strings.TrimSpace(l), "0"), " ")
	}
	printed := strings.Split(string(out), "\n")
	for i, l := range shown.Lines {
		at := slices.IndexFunc(printed, func(p string) bool { return same(p) == same(s.replace.Replace(l)) })
		if at < 0 {
			t.Errorf("%s:%d: it does not print %q any more, but:\n%s", page, shown.Line+i, l, out)
			return
		}
		printed = printed[at+1:]
	}
}

var said = regexp.MustCompile(`exit code (\d+)`)

func codeSaid(note string) int {
	m := said.FindStringSubmatch(note)
	if m == nil {
		return 0
	}
	code, err := strconv.Atoi(m[1])
	if err != nil {
		return -1
	}
	return code
}

const exampleReport = projectRoot + "/docs/examples/report.json"

// Examples are what their schema says. Those in docs/examples are whole; so is every
// block of a document that names a schema.
func TestExamplesAreWhatTheirSchemaSays(t *testing.T) {
	report, line := compiled(t, "report"), compiled(t, "journal")
	check := func(name string, data []byte, schema *jsonschema.Schema) {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range filesBelow(t, "docs/examples", "*.json") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check(path, data, report)
	}
	for _, p := range documents(t) {
		for _, b := range p.Blocks {
			if b.Language != "json" {
				continue
			}
			whole := strings.Join(b.Lines, "\n")
			switch {
			case strings.Contains(whole, `"tufinspect.report/`):
				check(p.Path, []byte(whole), report)
			case strings.Contains(whole, `"tufinspect.journal/`):
				for _, l := range b.Lines {
					check(p.Path, []byte(l), line)
				}
			case !json.Valid([]byte(whole)):
				t.Errorf("%s:%d: it is not JSON", p.Path, b.Line)
			}
		}
	}
}

// compiled is the schema that a room of the project publishes.
func compiled(t *testing.T, room string) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(projectRoot + "/internal/" + room + "/schema/" + room + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
