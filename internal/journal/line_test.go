package journal

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
)

// line gives the line of an event, without its newline.
func line(t *testing.T, e engine.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := appendEvent(&b, e); err != nil {
		t.Fatal(err)
	}
	text, ok := bytes.CutSuffix(b.Bytes(), []byte("\n"))
	if !ok || bytes.Contains(text, []byte("\n")) {
		t.Fatalf("not one line: %q", b.Bytes())
	}
	return text
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	n := 0
	for _, b := range bodies {
		for _, b := range []engine.Body{b, filled(t, b, &n)} {
			switch x := b.(type) {
			case engine.ItemsFound: // the ids have to fit each other
				for i := range x.Items {
					x.Items[i].ID, x.Items[i].Of, x.Items[i].Kind = engine.ItemID(i), 0, engine.Kind(1+i)
				}
			case engine.CommandDone:
				if x.Command == nil {
					x.Command = engine.Pause{}
					b = x
				}
			}
			e := engine.Event{Seq: uint64(n), At: time.Duration(n) * time.Millisecond, Body: b}
			text := line(t, e)
			got, err := parseEvent(text, &quick{})
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if f, ok := e.Body.(engine.ItemsFound); ok && f.Items == nil {
				e.Body = engine.ItemsFound{Items: []engine.ItemSpec{}}
			}
			if !reflect.DeepEqual(got, e) {
				t.Errorf("read  %+v\nwrote %+v\nas %s", got, e, text)
			}
			if quick, ok := quickHead(text); !ok || quick.seq != e.Seq || quick.at != e.At {
				t.Errorf("the head is not read in passing: %s", text)
			}
		}
	}
}

// A later version may write more fields, wherever they stand.
func TestFieldsOfLaterVersionsArePassedOver(t *testing.T) {
	n := 0
	for _, b := range bodies {
		b = filled(t, b, &n)
		if x, ok := b.(engine.ItemsFound); ok {
			for i := range x.Items {
				x.Items[i].ID, x.Items[i].Of, x.Items[i].Kind = engine.ItemID(i), 0, engine.Kind(1+i)
			}
		}
		e := engine.Event{Seq: uint64(n), At: time.Duration(n) * time.Millisecond, Body: b}
		text := line(t, e)
		for where, more := range map[string][]byte{
			"before": append([]byte(`{"new":[1,"}"],`), text[1:]...),
			"inside": bytes.Replace(text, []byte(`"data":{`), []byte(`"data":{"new":{"a":"}"},`), 1),
			"behind": append(bytes.Clone(text[:len(text)-1]), `,"new":{"a":[1]},"newer":"}"}`...),
		} {
			if got, err := parseEvent(more, &quick{}); err != nil || !reflect.DeepEqual(got, e) {
				t.Errorf("%s: %s\nis read as %+v, %v", where, more, got, err)
			}
		}
	}
	for _, odd := range []string{`{}}}`, `{},`, `{},"new":1`, `{},"data":[]}`, `{},1}`} {
		if e, err := parseEvent([]byte(`{"seq":1,"at_ns":2,"event":"noted","data":`+odd), &quick{}); err == nil {
			t.Errorf("%s is read as %+v", odd, e)
		}
	}
}

func TestEveryCommandIsWrittenAndReadAgain(t *testing.T) {
	n := 0
	for _, c := range allCommands {
		v := reflect.New(reflect.TypeOf(c)).Elem()
		fill(t, v, &n)
		e := engine.Event{Body: engine.CommandDone{Command: v.Interface().(engine.Command), Accepted: 3}}
		got, err := parseEvent(line(t, e), &quick{})
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("read %+v (%v), wrote %+v", got, err, e)
		}
	}
}

// declared gives the types of a package of the engine that have a method of this name.
func declared(t *testing.T, method string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../engine/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	out := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == method {
				if id, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
					out[id.Name] = true
				}
			}
		}
	}
	return out
}

func TestNoEventAndNoCommandIsForgotten(t *testing.T) {
	events := declared(t, "body")
	for _, b := range bodies {
		delete(events, reflect.TypeOf(b).Name())
		kind, _ := written(b)
		if readers[kind] == nil {
			t.Errorf("%T is not read", b)
		}
	}
	commands := declared(t, "command")
	for _, c := range allCommands {
		delete(commands, reflect.TypeOf(c).Name())
	}
	for name := range events {
		if name != "Rewound" && name != "Marked" && name != "Played" {
			t.Errorf("event %s is not recorded, or not tested", name)
		}
	}
	for name := range commands {
		if name != "Kept" && name != "Seek" && name != "Step" && name != "SetSpeed" {
			t.Errorf("command %s is not recorded, or not tested", name)
		}
	}
	if recorded(engine.Played{}) || recorded(engine.Rewound{}) || !recorded(engine.Progress{}) {
		t.Error("the playing of a recording is recorded, or a run is not")
	}
}

func TestLinesThatCannotBeAreRefused(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"no JSON", `{"seq":1,"at_ns":2,"event":"progress","data":{]}}`, "invalid character"},
		{"half a line", `{"seq":1,"at_ns":2,"eve`, "unexpected end"},
		{"nothing that is needed", `{"seq":1}`, "not all of"},
		{"a time before the start", `{"seq":1,"at_ns":-2,"event":"progress","data":{"item":1}}`, "at_ns: -2 is no time"},
		{"a time after the end of days", `{"seq":1,"at_ns":999999999999999999,"event":"progress","data":{"item":1}}`, "is no time"},
		{"another event", `{"seq":1,"at_ns":2,"event":"party","data":{}}`, `event "party" is not known`},
		{"another state", `{"seq":1,"at_ns":2,"event":"state-changed","data":{"item":1,"from":"queued","to":"asleep"}}`, `"asleep" is no state of an item`},
		{"a negative rate", `{"seq":1,"at_ns":2,"event":"progress","data":{"item":1,"rate":-1}}`, "rate: -1"},
		{"bytes that nobody has", `{"seq":1,"at_ns":2,"event":"progress","data":{"item":1,"done":-5}}`, "cannot be"},
		{"an item that is none", `{"seq":1,"at_ns":2,"event":"progress","data":{"item":-1}}`, "cannot unmarshal"},
		{"a site that is none", `{"seq":1,"at_ns":2,"event":"items-found","data":{"items":[{"id":0,"role":0,"kind":"target","path":"a","site":1}]}}`, "there is no site 1"},
		{"a name without its hash", `{"seq":1,"at_ns":2,"event":"items-found","data":{"sites":[{"before":"x","named":true,"hashed":true}],"items":[{"id":0,"role":0,"kind":"target","path":"a","site":1}]}}`, "no hash is listed"},
		{"a copy before its target", `{"seq":1,"at_ns":2,"event":"items-found","data":{"sites":[{"before":"x","named":true,"hashed":true}],"items":[{"id":0,"of":4,"role":0,"kind":"copy","path":"a","site":1,"hashes":[{"algorithm":"sha256","sum":"00"}]}]}}`, "it is no copy of 4"},
		{"no hash", `{"seq":1,"at_ns":2,"event":"items-found","data":{"items":[{"id":0,"role":0,"kind":"target","path":"a","hashes":[{"algorithm":"sha256","sum":"xyz"}]}]}}`, "not hexadecimal"},
		{"another command", `{"seq":1,"at_ns":2,"event":"command-done","data":{"command":"dance","with":{}}}`, `command "dance" is not known`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseEvent([]byte(c.line), &quick{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTheOrderOfFieldsDoesNotMatter(t *testing.T) {
	e, err := parseEvent([]byte(` { "event":"progress", "data": {"item": 4, "done": 7}, "extra": [1], "at_ns": 12, "seq": 9 } `), &quick{})
	want := engine.Event{Seq: 9, At: 12, Body: engine.Progress{Item: 4, Done: 7}}
	if err != nil || !reflect.DeepEqual(e, want) {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestTextsOfAForeignFileAreMadePrintable(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{"seq":1,"at_ns":2,"event":"noted","data":{"subject":"a\u001b[2Jb","text":"\u202eabc"}}`, `{Subject:a\u{1b}[2Jb Text:\u{202e}abc}`},
		{`{"seq":1,"at_ns":2,"event":"inspector-fault","data":{"value":"x\u0007","stack":"one\n\ttwo\u001b]0;x\u0007"}}`, "{Goroutine: Value:x\\u{7} Stack:one\n\ttwo\\u{1b}]0;x\\u{7}}"},
	} {
		e, err := parseEvent([]byte(c.line), &quick{})
		if err != nil {
			t.Fatal(err)
		}
		if got := sprint(e.Body); got != c.want {
			t.Errorf("%q\nwant %q", got, c.want)
		}
	}
	// Wherever a text is, it is found.
	n := 0
	for _, b := range bodies {
		b = filled(t, b, &n)
		text := bytes.ReplaceAll(line(t, engine.Event{Body: b}), []byte("text "), []byte(`\u001b[31m`))
		e, err := parseEvent(text, &quick{})
		if err != nil {
			t.Errorf("%T: %v", b, err)
			continue
		}
		if got := line(t, e); bytes.Contains(got, []byte(`\u001b`)) {
			t.Errorf("%T: not printable: %s", b, got)
		}
	}
}

func sprint(v any) string { return fmt.Sprintf("%+v", v) }
