package arch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listed asks the go command for the project's packages and all below them.
func listed(t *testing.T) graph {
	t.Helper()
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to ask: ", err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	// With -e, a package that does not compile is listed with its imports all the
	// same; that it does not is for others to say.
	cmd := exec.CommandContext(ctx, goCommand, "list", "-e", "-deps", "-json=ImportPath,Imports,TestImports,XTestImports,Deps,Module,Dir,GoFiles", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	g := graph{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if _, ok := inside(p.ImportPath); ok {
			p.Network = network(t, p)
		}
		g[p.ImportPath] = p
	}
	return g
}

// network reads from a package's source what it uses of net and net/http.
func network(t *testing.T, p pkg) []string {
	t.Helper()
	var out []string
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Logf("%s is left out: %v", name, err) // whoever compiles it will say so
			continue
		}
		local := map[string]string{} // what the file calls the two
		for _, imp := range file.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			if path != "net" && path != "net/http" {
				continue
			}
			base := filepath.Base(path)
			if imp.Name == nil {
				local[base] = base
				continue
			}
			local[imp.Name.Name] = base
			if imp.Name.Name == "." || imp.Name.Name == "_" {
				out = append(out, base+".*")
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && local[x.Name] != "" {
					out = append(out, local[x.Name]+"."+sel.Sel.Name)
				}
			}
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestNetworkIsFoundInSource(t *testing.T) {
	dir := t.TempDir()
	source := "package a\nimport (\n\"net\"\nweb \"net/http\"\n)\nvar _, _, _ = web.Get, web.StatusNotFound, net.Dial\n"
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	got := network(t, pkg{Dir: dir, GoFiles: []string{"a.go"}})
	if want := []string{"http.Get", "http.StatusNotFound", "net.Dial"}; !slices.Equal(got, want) {
		t.Errorf("the source uses %q, want %q", got, want)
	}
}

func TestImportsKeepTheRules(t *testing.T) {
	g := listed(t)
	ours := 0
	for path := range g {
		if _, ok := inside(path); ok {
			ours++
		}
	}
	if ours < 5 {
		t.Fatalf("only %d packages of this project are listed: the test looks in the wrong place", ours)
	}
	for _, v := range violations(g) {
		t.Error(v)
	}
}

func TestOneMajorVersionOfEachRuntime(t *testing.T) {
	g := listed(t)
	program := module + "/cmd/tufinspect"
	if _, ok := g[program]; !ok {
		t.Skip("there is no program yet")
	}
	for _, d := range doubles(g, program) {
		t.Error(d)
	}
	// Where the package that needs a library is linked, the library has to be found,
	// or the check above says nothing.
	for user, library := range map[string]string{"internal/ui": "/bubbletea", "internal/trust": "/go-tuf/"} {
		deps := g[program].Deps
		if slices.Contains(deps, module+"/"+user) && !slices.ContainsFunc(deps, func(d string) bool { return strings.Contains(d, library) }) {
			t.Errorf("the program links %s, and %s is not among its libraries", user, library)
		}
	}
}

// made builds a graph from "importer: imported imported …"; a test's imports
// follow a bar. Deps are filled in.
func made(lines ...string) graph {
	g := graph{}
	own := func(s string) string {
		if strings.HasPrefix(s, "internal/") || strings.HasPrefix(s, "cmd/") || strings.HasPrefix(s, "scripts/") || strings.HasPrefix(s, "demo") {
			return module + "/" + s
		}
		return s
	}
	list := func(s string) []string {
		var out []string
		for _, f := range strings.Fields(s) {
			out = append(out, own(f))
		}
		return out
	}
	for _, line := range lines {
		from, rest, _ := strings.Cut(line, ":")
		imports, tests, _ := strings.Cut(rest, "|")
		p := pkg{ImportPath: own(from), Imports: list(imports), XTestImports: list(tests)}
		if strings.Contains(from, ".") {
			p.Module = &struct{ Path string }{from}
		}
		g[p.ImportPath] = p
	}
	for path, p := range g {
		seen := map[string]bool{}
		var walk func(string)
		walk = func(at string) {
			for _, imp := range g[at].Imports {
				if !seen[imp] {
					seen[imp] = true
					p.Deps = append(p.Deps, imp)
					walk(imp)
				}
			}
		}
		walk(path)
		g[path] = p
	}
	return g
}

// uses says what a package of a made graph uses of the network.
func uses(g graph, path string, names ...string) graph {
	p := g[module+"/"+path]
	p.Network = names
	g[p.ImportPath] = p
	return g
}

func TestViolationsAreFound(t *testing.T) {
	for _, c := range []struct {
		name string
		g    graph
		want []string
	}{
		{"a project as it should be", made(
			"internal/safe:strings",
			"internal/finding:fmt",
			"internal/fetch:internal/finding internal/safe net/http|demo",
			"internal/trust:internal/finding github.com/theupdateframework/go-tuf/v2/metadata|demo",
			"internal/engine:internal/trust internal/fetch",
			"internal/report:internal/engine",
			"internal/ui/term:github.com/charmbracelet/x/term",
			"internal/ui:internal/engine internal/report internal/ui/term github.com/charmbracelet/bubbletea",
			"internal/ui/plain:internal/engine internal/report",
			"demo:net/http github.com/theupdateframework/go-tuf/v2/metadata",
			"cmd/tufinspect:internal/ui internal/ui/plain internal/report demo net/http",
		), nil},
		{"the engine knows the display", made("internal/engine:internal/ui", "internal/ui:"),
			[]string{"internal/engine imports internal/ui"}},
		{"the report knows the display", made("internal/report:internal/ui/plain"),
			[]string{"internal/report imports internal/ui/plain"}},
		{"trust and fetch know each other", made("internal/trust:internal/fetch", "internal/fetch:internal/trust"),
			[]string{"internal/fetch imports internal/trust", "internal/trust imports internal/fetch"}},
		{"the engine knows the report", made("internal/engine:internal/report"),
			[]string{"internal/engine imports internal/report"}},
		{"the demonstration knows the inside", made("demo/record:demo internal/safe"),
			[]string{"demo/record imports internal/safe"}},
		{"one script, and no other, knows fetch", made("scripts/netcauses:internal/fetch net/http", "scripts/serve:demo internal/fetch"),
			[]string{"scripts/serve imports internal/fetch"}},
		{"a product package needs the demonstration", made("internal/engine:demo"),
			[]string{"internal/engine imports demo"}},
		{"finding needs safe", made("internal/finding:internal/safe"),
			[]string{"internal/finding imports internal/safe"}},
		{"a test reaches up", made("internal/trust:|internal/engine"),
			[]string{"a test of internal/trust imports internal/engine"}},
		{"the plain display needs Charm", made("internal/ui/plain:github.com/charmbracelet/lipgloss"),
			[]string{"internal/ui/plain imports github.com/charmbracelet/lipgloss, which is Charm's packages"}},
		{"the report needs Charm through another library", made("internal/report:example.org/table", "example.org/table:github.com/charmbracelet/lipgloss/v2"),
			[]string{"internal/report imports github.com/charmbracelet/lipgloss/v2, which is Charm's packages"}},
		{"trust reaches the network", uses(made("internal/trust:net/http"), "internal/trust", "http.Get", "http.StatusNotFound"),
			[]string{"internal/trust uses http.Get, which is the network"}},
		{"trust knows what 404 is", uses(made("internal/trust:net/http"), "internal/trust", "http.StatusNotFound"), nil},
		{"fetch reaches the network", uses(made("internal/fetch:net/http"), "internal/fetch", "http.Get", "net.Dialer"), nil},
		{"the program listens", made("cmd/tufinspect:net/http/pprof"),
			[]string{"cmd/tufinspect imports net/http/pprof, which is a server"}},
		{"fetch knows TUF", made("internal/fetch:github.com/theupdateframework/go-tuf/v2/metadata"),
			[]string{"internal/fetch imports github.com/theupdateframework/go-tuf/v2/metadata, which is go-tuf"}},
		{"go-tuf fetches by itself", made("internal/trust:github.com/theupdateframework/go-tuf/v2/metadata/fetcher"),
			[]string{"internal/trust imports github.com/theupdateframework/go-tuf/v2/metadata/fetcher, which is go-tuf's client"}},
		{"a new package", made("internal/util:"),
			[]string{"internal/util is in no room: give it one in internal/arch"}},
	} {
		if got := violations(c.g); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDoublesAreFound(t *testing.T) {
	for _, c := range []struct {
		name string
		g    graph
		want []string
	}{
		{"one of each", made("cmd/tufinspect:github.com/charmbracelet/bubbletea github.com/theupdateframework/go-tuf/v2",
			"github.com/charmbracelet/bubbletea:", "github.com/theupdateframework/go-tuf/v2:"), nil},
		{"two versions, one of them far below", made("cmd/tufinspect:github.com/charmbracelet/bubbletea example.org/form",
			"example.org/form:github.com/charmbracelet/bubbletea/v2", "github.com/charmbracelet/bubbletea:", "github.com/charmbracelet/bubbletea/v2:"),
			[]string{"bubbletea is linked as github.com/charmbracelet/bubbletea and github.com/charmbracelet/bubbletea/v2"}},
		{"two homes", made("cmd/tufinspect:github.com/charmbracelet/lipgloss charm.land/lipgloss/v2",
			"github.com/charmbracelet/lipgloss:", "charm.land/lipgloss/v2:"),
			[]string{"lipgloss is linked as charm.land/lipgloss/v2 and github.com/charmbracelet/lipgloss"}},
		{"a second version that is not linked", made("cmd/tufinspect:github.com/charmbracelet/bubbles",
			"github.com/charmbracelet/bubbles:", "github.com/charmbracelet/bubbles/v2:"), nil},
	} {
		if got := doubles(c.g, module+"/cmd/tufinspect"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
