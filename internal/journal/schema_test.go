package journal

import (
	"bytes"
	"encoding"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"example.com/tufinspect/internal/engine"
)

var update = flag.Bool("update", false, "write the schema anew")

// The schema is made of the types that are written, and its descriptions of what stands at
// them in the code. Readers have to pass over what they do not know, so that fields can be
// added; the schema of one version has all that it writes.
func TestTheSchemaIsThatOfWhatIsWritten(t *testing.T) {
	want := generated(t)
	const file = "schema/journal.schema.json"
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the schema is stale: go test ./internal/journal -run Schema -update")
	}
}

func TestEveryLineFitsTheSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:tufinspect:journal:1", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:tufinspect:journal:1")
	if err != nil {
		t.Fatal(err)
	}
	check := func(line []byte) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			return err
		}
		return s.Validate(v)
	}
	n := 0
	for _, b := range bodies {
		if done, ok := b.(engine.CommandDone); ok {
			done.Command = engine.Pause{}
			b = done
		}
		for _, b := range []engine.Body{b, filled(t, b, &n)} {
			if text := line(t, engine.Event{Seq: 1, Body: b}); check(text) != nil {
				t.Errorf("%s\n%v", text, check(text))
			}
		}
	}
	for _, text := range bytes.Split(bytes.TrimSpace(recording(t, story(2))), []byte("\n")) {
		if err := check(text); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
	for _, text := range []string{
		`{}`, `{"seq":1}`, `{"schema":"tufinspect.journal/2","program":{}}`,
		`{"seq":1,"at_ns":0,"event":"noted","data":{"txt":"x"}}`, `{"seq":1,"at_ns":0,"event":"party","data":{}}`,
		`{"seq":1,"at_ns":0,"event":"item-bound","data":{"item":"one","role":1}}`,
	} {
		if check([]byte(text)) == nil {
			t.Errorf("the schema takes %s", text)
		}
	}
}

// object is an ordered JSON object.
type object []struct {
	key   string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, kv := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := appendJSON(&b, kv.key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := appendJSON(&b, kv.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (o *object) set(key string, value any) {
	*o = append(*o, struct {
		key   string
		value any
	}{key, value})
}

// generated makes the schema.
func generated(t *testing.T) []byte {
	t.Helper()
	g := generator{docs: docs(t), defs: map[string]object{}}
	var lines []any
	lines = append(lines, g.ref(reflect.TypeFor[firstLine]()), g.ref(reflect.TypeFor[lastLine]()))
	for _, b := range bodies {
		kind, data := written(b)
		var props, line object
		props.set("seq", object{{"description", "counts up over the events that are never left out"}, {"$ref", "#/$defs/count"}})
		props.set("at_ns", object{{"description", "nanoseconds since the start of the run"}, {"$ref", "#/$defs/count"}})
		props.set("event", object{{"const", kind}})
		props.set("data", g.ref(reflect.TypeOf(data)))
		line.set("description", g.docs[qualified(reflect.TypeOf(b))])
		line.set("type", "object")
		line.set("required", []string{"seq", "at_ns", "event", "data"})
		line.set("properties", props)
		line.set("additionalProperties", false)
		lines = append(lines, line)
	}
	var out object
	out.set("$schema", "https://json-schema.org/draft/2020-12/schema")
	out.set("$id", "urn:tufinspect:journal:1")
	out.set("title", "a line of a tufinspect recording")
	out.set("description", "A recording is JSON lines: one that says what made it, the events of a run in their order, and one that says that it is whole. A field that is left out is zero, empty, false or null. Texts are printable; addresses and headers are without secrets. Readers pass over fields and events that they do not know.")
	out.set("oneOf", lines)
	defs := object{{"count", object{{"type", "integer"}, {"minimum", 0}}}}
	for _, name := range slices.Sorted(mapKeys(g.defs)) {
		defs.set(name, g.defs[name])
	}
	out.set("$defs", defs)
	var b bytes.Buffer
	if err := appendJSON(&b, out); err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	return indented.Bytes()
}

func mapKeys(m map[string]object) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

type generator struct {
	docs map[string]string // of types as "package.Type", and of fields as "package.Type.Field"
	defs map[string]object
}

// ref gives the schema of a type, in defs if it is a struct.
func (g *generator) ref(t reflect.Type) object {
	text := reflect.TypeFor[encoding.TextMarshaler]()
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case t.Implements(text):
		return g.words(t)
	}
	switch t.Kind() {
	case reflect.String:
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return object{{"type", "integer"}}
	case reflect.Uint32, reflect.Uint64:
		return object{{"$ref", "#/$defs/count"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	case reflect.Pointer:
		return g.ref(t.Elem())
	case reflect.Slice:
		if t == reflect.TypeFor[json.RawMessage]() {
			return object{{"type", "object"}}
		}
		return object{{"type", []string{"array", "null"}}, {"items", g.ref(t.Elem())}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", g.ref(t.Elem())}}
	case reflect.Struct:
		g.define(t)
		return object{{"$ref", "#/$defs/" + t.Name()}}
	}
	panic("no schema of " + t.String())
}

// words gives the words of a small type.
func (g *generator) words(t reflect.Type) object {
	var words []string
	for i := range 256 {
		v := reflect.New(t)
		v.Elem().SetUint(uint64(i))
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil || v.Interface().(encoding.TextUnmarshaler).UnmarshalText(text) != nil || slices.Contains(words, string(text)) {
			break
		}
		words = append(words, string(text))
	}
	return object{{"enum", words}}
}

func (g *generator) define(t reflect.Type) {
	if _, known := g.defs[t.Name()]; known {
		return
	}
	g.defs[t.Name()] = nil
	var def, props object
	var required []string
	for _, f := range reflect.VisibleFields(t) {
		name, opt, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" {
			continue
		}
		if name == "" {
			panic(t.Name() + "." + f.Name + " has no name")
		}
		s := g.ref(f.Type)
		if t == reflect.TypeFor[firstLine]() && name == "schema" {
			s = object{{"const", SchemaName}}
		}
		owner := t
		if len(f.Index) > 1 {
			owner = t.Field(f.Index[0]).Type
		}
		if doc := g.docs[qualified(owner)+"."+f.Name]; doc != "" {
			s = append(object{{"description", doc}}, s...)
		}
		props.set(name, s)
		if opt == "" {
			required = append(required, name)
		}
	}
	if doc := g.docs[qualified(t)]; doc != "" {
		def.set("description", doc)
	}
	def.set("type", "object")
	if required != nil {
		def.set("required", required)
	}
	def.set("properties", props)
	def.set("additionalProperties", false)
	g.defs[t.Name()] = def
}

// qualified is a type's name behind that of its package: other packages may have one of the
// same name.
func qualified(t reflect.Type) string { return path.Base(t.PkgPath()) + "." + t.Name() }

// docs gives what stands in the code at the types that are written, and at their fields.
func docs(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, dir := range []string{"../finding", "../fetch", "../trust", "../engine", "."} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				decl, ok := d.(*ast.GenDecl)
				if !ok {
					continue
				}
				for _, spec := range decl.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok {
						keep(out, f.Name.Name+"."+ts.Name.Name, decl.Doc.Text())
						if st, ok := ts.Type.(*ast.StructType); ok {
							for _, field := range st.Fields.List {
								text := field.Doc.Text()
								if text == "" {
									text = field.Comment.Text()
								}
								for _, n := range field.Names {
									keep(out, f.Name.Name+"."+ts.Name.Name+"."+n.Name, text)
								}
							}
						}
					}
				}
			}
		}
	}
	return out
}

func keep(out map[string]string, name, text string) {
	text = strings.Join(strings.Fields(strings.NewReplacer("[", "", "]", "").Replace(text)), " ")
	if text != "" {
		out[name] = text
	}
}
