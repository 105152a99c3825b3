package arch

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// module is this project's path.
const module = "example.com/tufinspect"

// pkg is what go list says of a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string // of Imports, all the way down
	Module       *struct{ Path string }
	Dir          string
	GoFiles      []string

	// Network is what the package uses of net and net/http: "http.Get".
	Network []string `json:"-"`
}

// graph is packages by import path.
type graph map[string]pkg

// room is a part of the project: the packages below a path, and what they may
// import of the project. Paths are below the module; "x/..." stands for x and all
// below it.
type room struct {
	path string
	may  []string
}

// core is what everything above the engine may use.
var core = []string{"internal/engine", "internal/trust", "internal/fetch", "internal/finding", "internal/measure", "internal/safe"}

// rooms has every package of the project; the first that fits counts.
var rooms = []room{
	{"internal/safe", nil},
	{"internal/alive/...", []string{"internal/safe"}},
	{"internal/disk", nil},
	{"internal/bundle", nil},
	{"internal/word", nil},
	{"internal/finding", []string{"internal/word"}},
	{"internal/measure", nil},
	{"internal/fetch", []string{"internal/finding", "internal/measure", "internal/safe", "internal/word"}},
	{"internal/canon", nil},
	{"internal/lint", []string{"internal/canon", "internal/finding", "internal/measure", "internal/safe"}},
	{"internal/trust", []string{"internal/canon", "internal/finding", "internal/lint", "internal/measure", "internal/safe", "internal/word"}},
	// It keeps what trust says is worth keeping, and knows no network.
	{"internal/memory", []string{"internal/trust", "internal/alive", "internal/disk", "internal/finding", "internal/measure", "internal/safe"}},
	{"internal/engine", []string{"internal/trust", "internal/fetch", "internal/finding", "internal/alive", "internal/measure", "internal/safe", "internal/word"}},
	{"internal/client", []string{"internal/trust", "internal/fetch", "internal/finding", "internal/alive", "internal/measure", "internal/safe"}},
	{"internal/journal", append([]string{"internal/alive"}, core...)},
	{"internal/report", core},
	{"internal/har", core},
	// It is the other end of a terminal, for tests and measurements.
	{"internal/screen", nil},
	{"internal/arch", nil},
	// It reads documents, for tests.
	{"internal/docs", nil},
	// What there is to read about the commands.
	{"internal/manual", nil},
	// The plain display is one without Charm's packages.
	{"internal/ui/plain", append([]string{"internal/report", "internal/journal", "internal/alive"}, core...)},
	{"internal/ui/...", append([]string{"internal/ui/...", "internal/report", "internal/journal", "internal/alive"}, core...)},
	{"demo/...", []string{"demo/..."}},
	// It measures whether fetch names the faults of a network that it has broken.
	{"tests/...", append([]string{"demo/...", "internal/memory"}, core...)},
	{"scripts/netcauses", []string{"internal/fetch"}},
	// It measures the screen under a run that it makes up.
	{"scripts/uiload", append([]string{"internal/ui", "internal/screen"}, core...)},
	{"scripts/...", []string{"demo/...", "internal/screen"}},
	{"cmd/...", []string{"cmd/...", "internal/...", "demo/..."}},
}

// rule says who may import certain packages of others, directly or, with deep,
// through anything else.
type rule struct {
	what string
	deep bool
	is   func(path string) bool
	only []string
}

var rules = []rule{
	{"Charm's packages", true, isCharm, []string{"internal/ui/...", "scripts/uiload", "cmd/..."}},
	{"a server", false, func(p string) bool { return p == "net/http/pprof" || p == "expvar" }, nil},
	{"go-tuf", true, func(p string) bool { return strings.HasPrefix(p, "github.com/theupdateframework/go-tuf") },
		[]string{"internal/lint", "internal/trust", "internal/memory", "internal/engine", "internal/client", "internal/journal", "internal/report", "internal/har", "internal/ui/...", "demo/...", "scripts/...", "cmd/..."}},
	{"go-tuf's client", false, func(p string) bool {
		return strings.HasPrefix(p, "github.com/theupdateframework/go-tuf/v2/metadata/fetcher")
	}, nil},
}

// networked are the packages that may use the network; the others may use of its
// packages what only names or splits something.
var (
	networked = []string{"internal/fetch", "demo/...", "scripts/...", "cmd/..."}
	harmless  = regexp.MustCompile(`^(http\.Status\w*|net\.(SplitHostPort|JoinHostPort|ParseIP))$`)
)

func isCharm(p string) bool {
	return strings.HasPrefix(p, "github.com/charmbracelet/") || strings.HasPrefix(p, "charm.land/")
}

// withoutCharm are packages below internal/ui that the rule about Charm does
// not let through.
var withoutCharm = []string{"internal/ui/plain"}

// fits tells whether a path below the module is what a pattern names.
func fits(pattern, path string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	return path == pattern
}

func fitsAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, path) })
}

// inside gives the path below the module, if the package is the project's.
func inside(importPath string) (string, bool) {
	return strings.CutPrefix(importPath, module+"/")
}

// violations gives every import that the rules forbid, in a stable order.
func violations(g graph) []string {
	var out []string
	for _, p := range sorted(g) {
		path, ok := inside(p.ImportPath)
		if !ok {
			continue
		}
		i := slices.IndexFunc(rooms, func(r room) bool { return fits(r.path, path) })
		if i < 0 {
			out = append(out, path+" is in no room: give it one in internal/arch")
			continue
		}
		may := rooms[i].may
		for _, imp := range p.Imports {
			if to, ok := inside(imp); ok && !fitsAny(may, to) {
				out = append(out, fmt.Sprintf("%s imports %s", path, to))
			}
		}
		// Tests may look at the package itself and at the demonstration as well.
		may = append([]string{path, "demo/..."}, may...)
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if to, ok := inside(imp); ok && !fitsAny(may, to) {
				out = append(out, fmt.Sprintf("a test of %s imports %s", path, to))
			}
		}
		out = append(out, broken(p, path)...)
	}
	return out
}

// broken gives the rules about others' packages that one of ours breaks.
func broken(p pkg, path string) []string {
	var out []string
	for _, r := range rules {
		imports := p.Imports
		if r.deep {
			imports = p.Deps
		}
		if fitsAny(r.only, path) && !(r.what == "Charm's packages" && fitsAny(withoutCharm, path)) {
			continue
		}
		if i := slices.IndexFunc(imports, r.is); i >= 0 {
			out = append(out, fmt.Sprintf("%s imports %s, which is %s", path, imports[i], r.what))
		}
	}
	for _, name := range p.Network {
		if !fitsAny(networked, path) && !harmless.MatchString(name) {
			out = append(out, fmt.Sprintf("%s uses %s, which is the network", path, name))
		}
	}
	return out
}

// single are the libraries of which only one major version may be linked: two
// would be two runtimes that fight over one terminal, or two minds about trust.
var single = []string{"bubbletea", "lipgloss", "bubbles", "go-tuf"}

var major = regexp.MustCompile(`/v\d+$`)

// doubles gives the libraries that a program links in more than one major version
// or from more than one home.
func doubles(g graph, program string) []string {
	linked := map[string]map[string]bool{}
	for _, dep := range append([]string{program}, g[program].Deps...) {
		m := g[dep].Module
		if m == nil {
			continue
		}
		base := major.ReplaceAllString(m.Path, "")
		name := base[strings.LastIndexByte(base, '/')+1:]
		if linked[name] == nil {
			linked[name] = map[string]bool{}
		}
		linked[name][m.Path] = true
	}
	var out []string
	for _, name := range single {
		if versions := slices.Sorted(maps.Keys(linked[name])); len(versions) > 1 {
			out = append(out, fmt.Sprintf("%s is linked as %s", name, strings.Join(versions, " and ")))
		}
	}
	return out
}

func sorted(g graph) []pkg {
	return slices.SortedFunc(maps.Values(g), func(a, b pkg) int { return cmp.Compare(a.ImportPath, b.ImportPath) })
}
