package finding_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"example.com/tufinspect/internal/finding"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// constants reads the ids that the files of the catalogue declare, by name.
func constants(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("kinds_*.go")
	if err != nil || len(names) < 5 {
		t.Fatalf("the files of the catalogue: %v, %v", names, err)
	}
	out := map[string]string{}
	var decls []ast.Decl
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		decls = append(decls, file.Decls...)
	}
	for _, d := range decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, s := range gen.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "ID" {
				continue
			}
			for i, name := range spec.Names {
				lit, ok := spec.Values[i].(*ast.BasicLit)
				if !ok {
					t.Fatalf("%s is not a plain string", name.Name)
				}
				value, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out[name.Name] = value
			}
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d ids were found in the source: the test reads it wrongly", len(out))
	}
	return out
}

func TestEveryIDIsInTheCatalogueOnce(t *testing.T) {
	declared := map[finding.ID]string{}
	for name, value := range constants(t) {
		if other, twice := declared[finding.ID(value)]; twice {
			t.Errorf("%s and %s are both %q", name, other, value)
		}
		declared[finding.ID(value)] = name
		if _, ok := finding.Lookup(finding.ID(value)); !ok {
			t.Errorf("%s (%q) is not in the catalogue", name, value)
		}
	}
	seen := map[finding.ID]bool{}
	for _, k := range finding.All() {
		if seen[k.ID] {
			t.Errorf("%q is in the catalogue twice", k.ID)
		}
		seen[k.ID] = true
		if declared[k.ID] == "" {
			t.Errorf("%q is in the catalogue and has no constant", k.ID)
		}
	}
}

func TestTheCatalogueIsWrittenInOneVoice(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// Words that are written with a capital wherever they stand.
	capital := regexp.MustCompile(`^(TUF|HTTP|TLS|RSA|URL)\b`)
	for _, k := range finding.All() {
		if !id.MatchString(string(k.ID)) {
			t.Errorf("%q is not an id: lower-case words with hyphens", k.ID)
		}
		if k.Severity > finding.Critical {
			t.Errorf("%s has %s", k.ID, k.Severity)
		}
		for field, text := range map[string]string{"title": k.Title, "client": k.Client, "do": k.Do} {
			switch {
			case text == "":
				t.Errorf("%s has no %s", k.ID, field)
			case strings.TrimSpace(text) != text || strings.ContainsAny(text, "\n\t"):
				t.Errorf("%s: the %s has loose white space: %q", k.ID, field, text)
			case strings.HasSuffix(text, "."):
				t.Errorf("%s: the %s ends with a full stop", k.ID, field)
			case strings.ToLower(text[:1]) != text[:1] && !capital.MatchString(text):
				t.Errorf("%s: the %s does not begin in lower case", k.ID, field)
			}
		}
		for _, word := range []string{"attack", "rollback", "malicious"} {
			if strings.Contains(strings.ToLower(k.Title), word) && k.Severity != finding.Critical {
				t.Errorf("%s says %q without proof", k.ID, word)
			}
		}
	}
}

func TestLookupKnowsOnlyTheCatalogue(t *testing.T) {
	for _, want := range finding.All() {
		if got, ok := finding.Lookup(want.ID); !ok || got != want {
			t.Errorf("%s is looked up as %+v", want.ID, got)
		}
	}
	if k, ok := finding.Lookup("no-such-kind"); ok {
		t.Errorf("an unknown id gives %+v", k)
	}
}

func TestSeverityIsItsWord(t *testing.T) {
	for want, s := range map[string]finding.Severity{
		"info": finding.Info, "warning": finding.Warning, "unknown": finding.Unknown, "critical": finding.Critical,
	} {
		text, err := s.MarshalText()
		if err != nil || string(text) != want || s.String() != want {
			t.Errorf("%d is written %q, %q (%v), want %q", s, text, s, err, want)
		}
		back := finding.Severity(99)
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("%q is read as %v: %v", text, back, err)
		}
	}
	for _, bad := range []string{"", "Critical", "severity(9)", "critical "} {
		back := finding.Warning
		if err := back.UnmarshalText([]byte(bad)); err == nil || back != finding.Warning {
			t.Errorf("%q is read as %v without an error", bad, back)
		}
	}
	if got := finding.Severity(9).String(); got != "severity(9)" {
		t.Errorf("an unknown severity is called %q", got)
	}
}

func TestSeveritiesAreInTheOrderInWhichTheyDecide(t *testing.T) {
	order := []finding.Severity{finding.Info, finding.Warning, finding.Unknown, finding.Critical}
	for i := 1; i < len(order); i++ {
		if order[i-1] >= order[i] {
			t.Errorf("%s does not stand below %s", order[i-1], order[i])
		}
	}
}

func TestNewTakesSeverityAndHintFromTheCatalogue(t *testing.T) {
	for _, k := range finding.All() {
		f := finding.New(k.ID, "targets", "%d of %d", 1, 2)
		want := finding.Finding{ID: k.ID, Severity: k.Severity, Subject: "targets", Message: "1 of 2", Hint: k.Do}
		if !reflect.DeepEqual(f, want) {
			t.Errorf("%s gives %+v, want %+v", k.ID, f, want)
		}
	}
}

func TestNewPanicsOnAnUnknownID(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "no-such-kind") {
			t.Errorf("recovered %v, want a panic that names the id", r)
		}
	}()
	finding.New("no-such-kind", "a", "b")
}

func TestWithLeavesTheFirstOneAlone(t *testing.T) {
	one := finding.New(finding.WrongHash, "a", "b").With("want", "1")
	two := one.With("got", "2")
	three := one.With("got", "3").With("want", "4")
	for _, c := range []struct {
		name string
		f    finding.Finding
		want map[string]string
	}{
		{"the first", one, map[string]string{"want": "1"}},
		{"the second", two, map[string]string{"want": "1", "got": "2"}},
		{"the third", three, map[string]string{"want": "4", "got": "3"}},
	} {
		if !reflect.DeepEqual(c.f.Evidence, c.want) {
			t.Errorf("%s has %v, want %v", c.name, c.f.Evidence, c.want)
		}
	}
	if f := finding.New(finding.WrongHash, "a", "b").With("got", ""); f.Evidence != nil {
		t.Errorf("an empty value is evidence: %v", f.Evidence)
	}
}
