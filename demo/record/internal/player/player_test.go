package player

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo/record/internal/tape"
)

// The test's own program is the one that tapes run: it repeats lines in capitals, and
// ends with 3 after "end".
func TestMain(m *testing.M) {
	if os.Getenv("CHILD") == "" {
		os.Exit(m.Run())
	}
	here, _ := os.Getwd()
	if a, err := os.Stat(os.Getenv("HOME")); err == nil {
		if b, err := os.Stat(here); err == nil && os.SameFile(a, b) {
			fmt.Println("ready at home")
		}
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if in.Text() == "end" {
			os.Exit(3)
		}
		fmt.Println(strings.ToUpper(in.Text()))
	}
}

// play plays a tape whose first program is the test's own.
func play(t *testing.T, ctx context.Context, text string) (*Film, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const head = "size 30x4\nfps 20\nenv CHILD=1\nlimit 20s\nrun "
	tp, err := tape.Parse("a.tape", strings.NewReader(head+self+"\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return Play(ctx, tp, Options{Dir: t.TempDir()})
}

func TestTapeIsPlayed(t *testing.T) {
	film, err := play(t, t.Context(), `until ready at
type hello
key enter
until HELLO
shot hello
wait 200ms
type end
key enter
end 3
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(film.Stills) != 1 || film.Stills[0].Name != "hello" || !film.Stills[0].Screen.Has("HELLO") {
		t.Errorf("the stills are %v", film.Stills)
	}
	last := film.Frames[len(film.Frames)-1]
	if !last.Screen.Has("end") {
		t.Errorf("the last frame is\n%s", last.Screen)
	}
	for i, f := range film.Frames[1:] {
		if before := film.Frames[i]; f.At <= before.At || f.Screen.Equal(before.Screen) {
			t.Errorf("frame %d is at %v, after %v, and the same: %t", i+1, f.At, before.At, f.Screen.Equal(before.Screen))
		}
	}
	if film.End < last.At {
		t.Errorf("the film ends at %v, before its last frame at %v", film.End, last.At)
	}
	var out strings.Builder
	for _, e := range film.Output {
		out.WriteString(e.Text)
	}
	if !strings.Contains(out.String(), "HELLO\r\n") {
		t.Errorf("the output is %q", out.String())
	}
}

func TestFilmBeginsWhereTheTapeSays(t *testing.T) {
	film, err := play(t, t.Context(), `gif a.gif
until ready at
wait 300ms
begin
type hello
key enter
until HELLO
type end
key enter
end 3
`)
	if err != nil {
		t.Fatal(err)
	}
	if first := film.Frames[0]; first.At != 0 || !first.Screen.Has("ready at home") {
		t.Errorf("the first frame is at %v:\n%s", first.At, first.Screen)
	}
	if last := film.Frames[len(film.Frames)-1]; film.End < last.At || !last.Screen.Has("HELLO") {
		t.Errorf("the last frame is at %v, and the film ends at %v:\n%s", last.At, film.End, last.Screen)
	}
	before, after := "", ""
	for _, e := range film.Output {
		if e.At == 0 {
			before += e.Text
		} else {
			after += e.Text
		}
	}
	if !strings.Contains(before, "ready at home") || strings.Contains(before, "HELLO") || !strings.Contains(after, "HELLO") {
		t.Errorf("before the film begins there is %q, and then %q", before, after)
	}
}

func TestFailureNamesTheLineAndShowsTheScreen(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a text that does not come", "until ready at\nlimit 50ms\nuntil never", `a.tape:8: until: "never" is not on screen after 50ms`},
		{"a text that does not go", "until ready\nlimit 50ms\nabsent ready", `"ready" is still on screen after 50ms`},
		{"a program that ends too early", "until ready\ntype end\nkey enter\nuntil never", `and the program has ended with exit code 3`},
		{"a program that does not end", "until ready\nlimit 50ms\nend", `the program has not ended after 50ms`},
		{"another exit code", "until ready\ntype end\nkey enter\nend", `exit code 3, not 0`},
		{"keys for nobody", "until ready\ntype end\nkey enter\nend 3\nkey x", `nobody reads`},
		{"no such program", "until ready\nrun no-such-program", `no program "no-such-program"`},
	} {
		_, err := play(t, t.Context(), c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
			continue
		}
		if c.name != "no such program" && !strings.Contains(err.Error(), "|ready at") {
			t.Errorf("%s: the screen is not shown: %v", c.name, err)
		}
	}
}

func TestPlayingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := play(t, ctx, "wait 5m"); err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}
