package tape

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTapeIsRead(t *testing.T) {
	got, err := Parse("a.tape", strings.NewReader(`
# a comment
size 80x24
font 12.5
fps 2
env THEME=a=b
env PS1="$ "
gif a.gif
cast a.cast
run program -flag value
until a text  with spaces
limit 5s
absent gone
wait 1500ms
key down enter x é
type hello there
shot main
end 3
`))
	if err != nil {
		t.Fatal(err)
	}
	if got.Font != 12.5 || got.FPS != 2 || got.GIF != "a.gif" || got.Cast != "a.cast" {
		t.Errorf("the settings are %+v", got)
	}
	s := got.Steps
	if len(s) != 8 {
		t.Fatalf("%d steps", len(s))
	}
	if r := s[0]; r.Word != Run || strings.Join(r.Args, "|") != "program|-flag|value" || r.Width != 80 || r.Height != 24 || r.Env[0] != "THEME=a=b" || r.Env[1] != "PS1=$ " || r.Line != 10 {
		t.Errorf("run is %+v", r)
	}
	if u := s[1]; u.Text != "a text  with spaces" || u.Limit != DefaultLimit {
		t.Errorf("until is %+v", u)
	}
	if a := s[2]; a.Word != Absent || a.Limit != 5*time.Second {
		t.Errorf("absent is %+v", a)
	}
	if w := s[3]; w.For != 1500*time.Millisecond {
		t.Errorf("wait is %+v", w)
	}
	if k := s[4]; strings.Join(k.Keys, "|") != "\x1b[B|\r|x|é" {
		t.Errorf("key is %+v", k)
	}
	if s[5].Text != "hello there" || s[6].Text != "main" || s[7].Code != 3 {
		t.Errorf("the last steps are %+v", s[5:])
	}
}

func TestWhatIsWrongIsSaidWithItsLine(t *testing.T) {
	const run = "run program\n"
	for _, c := range []struct{ name, text, want string }{
		{"an unknown word", "click 3 4", `a.tape:1: unknown word "click"; there are: absent, begin, cast, end,`},
		{"a size of one number", "\nsize 80", `a.tape:2: size: "80" is no size; write columns and rows like 120x36`},
		{"a size without rows", "size 80x0", `is no size`},
		{"a huge size", "size 99999x10", `each from 1 to 1000`},
		{"a font that is no number", "font big", `a.tape:1: font: "big" is no number from 4 to 100`},
		{"frames that are no number at all", "fps NaN", `fps: "NaN" is no number from 0.1 to 30`},
		{"a variable without a value", "env A", `write NAME=VALUE`},
		{"a variable with half a quote", `env A="x`, `write NAME=VALUE`},
		{"a limit without a unit", "limit 5", `"5" is no time up to 5m0s; write it like 500ms or 2s`},
		{"a wait for ever", run + "wait 5h", `a.tape:2: wait: "5h"`},
		{"a file elsewhere", "gif ../a.gif", `leaves no folder`},
		{"a file with another ending", "cast a.gif", `ends with .cast`},
		{"an ending alone", "cast .cast", `ends with .cast`},
		{"no program", "run", `run: there is no program`},
		{"a step before a program", "key enter\n" + run, `a.tape:1: key: nothing runs yet`},
		{"nothing to wait for", run + "until", `a.tape:2: until: there is no text`},
		{"no key", run + "key", `there is no key`},
		{"an unknown key", run + "key return", `unknown key "return"; those with a name are: backspace, ctrl+c,`},
		{"a shot outside", run + "shot /tmp/x", `"/tmp/x" is no name`},
		{"a shot without a name", run + "shot", `"" is no name`},
		{"a shot twice", run + "shot a\nshot a", `a.tape:3: shot: there is a shot "a" already`},
		{"an exit code in words", run + "end well", `"well" is no exit code`},
		{"a beginning with something", "gif a.gif\n" + run + "begin 1", `"1" belongs to nothing`},
		{"two beginnings", "gif a.gif\n" + run + "begin\nbegin", `a.tape:4: begin: gif and cast begin once`},
		{"a beginning of nothing", run + "begin", `there is no gif and no cast`},
		{"a beginning before a program", "gif a.gif\nbegin\n" + run, `a.tape:2: begin: nothing runs yet`},
		{"no run", "size 80x24", `a.tape: nothing is run`},
		{"two sizes in a gif", "gif a.gif\n" + run + "size 80x24\n" + run, `use a tape for each size`},
		{"bytes that are no text", "run \xff", `not UTF-8`},
	} {
		_, err := Parse("a.tape", strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	_, err := Parse("a.tape", strings.NewReader("fps x\nfont y\n"))
	if err == nil || !strings.Contains(err.Error(), "a.tape:1:") || !strings.Contains(err.Error(), "a.tape:2:") {
		t.Errorf("the error is %v", err)
	}
	_, err = Parse("a.tape", strings.NewReader(strings.Repeat("nonsense\n", 1000)))
	if n := strings.Count(err.Error(), "\n"); n >= maxErrors {
		t.Errorf("%d lines of errors", n)
	}
	if _, err = Parse("a.tape", strings.NewReader(strings.Repeat("#", maxBytes+1))); err == nil {
		t.Error("a tape without end is read")
	}
}

// FuzzParse looks for tapes that are read and could do what no tape should.
func FuzzParse(f *testing.F) {
	f.Add("size 80x24\nfps 2\nenv A=b\ngif a.gif\nrun x y\nuntil z\nwait 2s\nkey enter\ntype t\nshot s\nend 1\n")
	f.Add("gif ../a.gif\nrun x")
	f.Fuzz(func(t *testing.T, text string) {
		tape, err := Parse("a.tape", strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "a.tape:") {
				t.Errorf("the error does not name the tape: %v", err)
			}
			return
		}
		if tape.Steps[0].Word != Run {
			t.Errorf("the first step is %s", tape.Steps[0].Word)
		}
		if !(tape.FPS >= 0.1 && tape.FPS <= maxFPS && tape.Font >= minFont && tape.Font <= maxFont) {
			t.Errorf("the settings are out of bounds: %+v", tape)
		}
		names := []string{tape.GIF, tape.Cast}
		for _, s := range tape.Steps {
			if s.Limit <= 0 || s.Limit > maxPause || s.For < 0 || s.For > maxPause {
				t.Errorf("a step that waits too long: %+v", s)
			}
			if s.Word == Run && (s.Width < 1 || s.Width > maxCells || s.Height < 1 || s.Height > maxCells) {
				t.Errorf("a size out of bounds: %+v", s)
			}
			if s.Word == Shot {
				names = append(names, s.Text+".png")
			}
		}
		for _, name := range names {
			if name != "" && !filepath.IsLocal(name) {
				t.Errorf("the file %q is elsewhere", name)
			}
		}
	})
}
