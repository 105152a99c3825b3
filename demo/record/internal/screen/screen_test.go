package screen

import "testing"

var ink = Ink{Fg: Color{200, 200, 200}, Bg: Color{20, 20, 20}}

func TestTextIsFoundInOneRow(t *testing.T) {
	s := New(6, 2, ink)
	for i, c := range "stall" {
		s.At(i+1, 1).Text = string(c)
	}
	if !s.Has("stall") || !s.Has(" st") {
		t.Errorf("a text is not found in\n%s", s)
	}
	if s.Has("stalled") {
		t.Error("a text is found that is not there")
	}
	if got := s.Line(1); got != " stall" {
		t.Errorf("row 1 is %q", got)
	}
}

func TestWideCharactersTakeTwoCells(t *testing.T) {
	s := New(4, 1, ink)
	s.At(0, 0).Text, s.At(0, 0).Wide = "画", true
	s.At(1, 0).Text = ""
	s.At(2, 0).Text = "x"
	if got := s.Line(0); got != "画x" {
		t.Errorf("the row is %q", got)
	}
}

func TestScreensThatLookTheSameAreEqual(t *testing.T) {
	a, b := New(3, 2, ink), New(3, 2, ink)
	if !a.Equal(b) {
		t.Error("two empty screens differ")
	}
	b.At(2, 1).Bold = true
	if a.Equal(b) || a.Equal(New(2, 3, ink)) {
		t.Error("screens that differ are equal")
	}
}

func TestMixedColours(t *testing.T) {
	black, white := Color{}, Color{255, 255, 255}
	for _, c := range []struct {
		part float64
		want string
	}{{0, "#000000"}, {0.5, "#808080"}, {1, "#ffffff"}} {
		if got := black.Mix(white, c.part).String(); got != c.want {
			t.Errorf("%v of white in black is %s, want %s", c.part, got, c.want)
		}
	}
}
