// Package docs reads the project's documents as a forge shows them, so that tests can
// hold what they say against the program: where links go, which commands they name,
// what stands in tables. Nothing of it is in the program.
package docs

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Page is a document.
type Page struct {
	Path    string   // below the project's folder, with slashes
	Anchors []string // of its headings, in their order
	Links   []Link
	Blocks  []Block
	Tables  []Table
	Spans   []Span
}

// Link is where a document points to, an image included.
type Link struct {
	Line int
	To   string
}

// Block is what is shown as it is typed.
type Block struct {
	Line     int    // of the first line of the text
	Language string // "" if none is given
	Lines    []string
}

// Span is a bit of code within a text.
type Span struct {
	Line int
	Text string
}

// Table is one with a head. Code in a cell stands between backquotes.
type Table struct {
	Line int
	Head []string
	Rows [][]string
}

// Read gives all documents of the project in a folder: those beside its README, and
// those in docs.
func Read(root string) ([]*Page, error) {
	var pages []*Page
	add := func(path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		pages = append(pages, Parse(filepath.ToSlash(name), bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))))
		return nil
	}
	top, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		return nil, err
	}
	for _, path := range top {
		if err := add(path); err != nil {
			return nil, err
		}
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		return add(path)
	})
	if err != nil {
		return nil, err
	}
	if len(pages) < 2 {
		return nil, fmt.Errorf("%d documents below %s", len(pages), root)
	}
	return pages, nil
}

// Parse reads one.
func Parse(path string, source []byte) *Page {
	p := &Page{Path: path}
	r := reader{source: source, page: p}
	tree := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Linkify)).Parser().Parse(text.NewReader(source))
	// The walk ends with what a visitor returns, and this one has no errors.
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			r.visit(n)
		}
		return ast.WalkContinue, nil
	})
	return p
}

type reader struct {
	source []byte
	page   *Page
	at     int // the line of what was seen last
}

var attribute = regexp.MustCompile(`(?:src|srcset|href)="([^"]*)"`)

func (r *reader) visit(n ast.Node) {
	r.moveTo(n)
	switch n := n.(type) {
	case *ast.Heading:
		r.page.Anchors = append(r.page.Anchors, unique(r.page.Anchors, Slug(r.words(n, ""))))
	case *ast.Link:
		r.link(string(n.Destination))
	case *ast.Image:
		r.link(string(n.Destination))
	case *ast.AutoLink:
		r.link(string(n.URL(r.source)))
	case *ast.HTMLBlock:
		r.html(n.Lines().Value(r.source))
	case *ast.RawHTML:
		r.html(n.Segments.Value(r.source))
	case *ast.FencedCodeBlock:
		r.block(string(n.Language(r.source)), n.Lines())
	case *ast.CodeBlock:
		r.block("", n.Lines())
	case *ast.CodeSpan:
		r.page.Spans = append(r.page.Spans, Span{r.at, r.words(n, "")})
	case *extast.Table:
		r.table(n)
	}
}

// moveTo keeps the line up to date; only blocks know where they are.
func (r *reader) moveTo(n ast.Node) {
	if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
		r.at = r.line(n.Lines().At(0).Start)
	} else if t, ok := n.(*ast.Text); ok {
		r.at = r.line(t.Segment.Start)
	}
}

func (r *reader) line(offset int) int { return 1 + bytes.Count(r.source[:offset], []byte("\n")) }

func (r *reader) link(to string) { r.page.Links = append(r.page.Links, Link{r.at, to}) }

func (r *reader) html(tag []byte) {
	for _, m := range attribute.FindAllSubmatch(tag, -1) {
		r.link(string(m[1]))
	}
}

func (r *reader) block(language string, lines *text.Segments) {
	b := Block{Line: r.at, Language: language}
	for _, s := range lines.Sliced(0, lines.Len()) {
		b.Lines = append(b.Lines, strings.TrimRight(string(s.Value(r.source)), "\n"))
	}
	r.page.Blocks = append(r.page.Blocks, b)
}

func (r *reader) table(n *extast.Table) {
	var t Table
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			if t.Line == 0 && c.Lines().Len() > 0 {
				t.Line = r.line(c.Lines().At(0).Start)
			}
			cells = append(cells, strings.TrimSpace(r.words(c, "`")))
		}
		if _, head := row.(*extast.TableHeader); head {
			t.Head = cells
		} else {
			t.Rows = append(t.Rows, cells)
		}
	}
	r.page.Tables = append(r.page.Tables, t)
}

// words is the text of a node without its form; quote stands around code in it.
func (r *reader) words(n ast.Node, quote string) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(r.source))
			if c.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.CodeSpan:
			b.WriteString(quote + r.words(c, "") + quote)
		default:
			b.WriteString(r.words(c, quote))
		}
	}
	return b.String()
}

// Slug is the anchor of a heading, as GitHub makes it: in lower case, without what is
// neither letter nor digit, and with hyphens for blanks.
func Slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '-':
			return '-'
		case r == '_', unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

// unique numbers an anchor that is taken.
func unique(taken []string, slug string) string {
	name := slug
	for i := 1; slices.Contains(taken, name); i++ {
		name = fmt.Sprintf("%s-%d", slug, i)
	}
	return name
}
