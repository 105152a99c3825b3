package docs

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// Every link of every document leads to something: to a file of the project, and to a
// heading where one is named. Those to other places are not followed.
func TestLinks(t *testing.T) {
	pages, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]*Page{}
	for _, p := range pages {
		byPath[p.Path] = p
	}
	for _, p := range pages {
		for _, l := range p.Links {
			if strings.Contains(l.To, "://") || strings.HasPrefix(l.To, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(l.To, "#")
			to := p.Path
			if file != "" {
				to = path.Join(path.Dir(p.Path), file)
				if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil || !filepath.IsLocal(to) {
					t.Errorf("%s:%d: there is no %s", p.Path, l.Line, l.To)
					continue
				}
			}
			if there := byPath[to]; anchor != "" && (there == nil || !slices.Contains(there.Anchors, anchor)) {
				t.Errorf("%s:%d: there is no heading for %s", p.Path, l.Line, l.To)
			}
		}
	}
}

// Every document can be found from the README, by links.
func TestEveryPageIsLinked(t *testing.T) {
	pages, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		i := slices.IndexFunc(pages, func(p *Page) bool { return p.Path == name })
		if i < 0 || reached[name] {
			return
		}
		reached[name] = true
		for _, l := range pages[i].Links {
			file, _, _ := strings.Cut(l.To, "#")
			reach(path.Join(path.Dir(name), file))
		}
	}
	reach("README.md")
	for _, p := range pages {
		if !reached[p.Path] {
			t.Errorf("no link leads from the README to %s", p.Path)
		}
	}
}

func TestParse(t *testing.T) {
	p := Parse("x.md", []byte("# `check`: A & B\n\nSee [it](y.md#z), <img src=\"a.png\">.\n\n## Again\n\n## Again\n\n"+
		"```sh\n# first\ntufinspect check \\\n  --at 'a b' x | cat  # exit code 2\n```\n\n    indented > y\n\n"+
		"| flag | default |\n|---|---|\n| `--x`, `-y` | *none* |\n"))
	if want := []string{"check-a--b", "again", "again-1"}; !slices.Equal(p.Anchors, want) {
		t.Errorf("the anchors are %q, want %q", p.Anchors, want)
	}
	if want := []Link{{3, "y.md#z"}, {3, "a.png"}}; !slices.Equal(p.Links, want) {
		t.Errorf("the links are %v, want %v", p.Links, want)
	}
	if len(p.Blocks) != 2 || p.Blocks[0].Language != "sh" || p.Blocks[0].Line != 10 {
		t.Fatalf("the blocks are %+v", p.Blocks)
	}
	c := p.Blocks[0].Commands()
	if len(c) != 1 || c[0].Line != 11 || c[0].Text != "tufinspect check --at 'a b' x | cat" || c[0].Note != "exit code 2" ||
		!slices.Equal(c[0].Args, []string{"tufinspect", "check", "--at", "a b", "x"}) {
		t.Errorf("the commands are %+v", c)
	}
	if c := p.Blocks[1].Commands(); len(c) != 1 || !slices.Equal(c[0].Args, []string{"indented"}) {
		t.Errorf("the commands are %+v", c)
	}
	if len(p.Tables) != 1 || !slices.Equal(p.Tables[0].Head, []string{"flag", "default"}) || !slices.Equal(p.Tables[0].Rows[0], []string{"`--x`, `-y`", "none"}) {
		t.Errorf("the tables are %+v", p.Tables)
	}
}
