package ui

import (
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"a clock", clock(42 * time.Second), "0:42"},
		{"a clock with hours", clock(time.Hour + 2*time.Minute + 3*time.Second), "1:02:03"},
		{"a clock does not go below zero", clock(-time.Second), "0:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("%q, want %q", tt.got, tt.want)
			}
		})
	}
}

func TestPathsAreCutInTheMiddle(t *testing.T) {
	tests := []struct {
		name, in string
		w        int
		want     string
	}{
		{"what fits stays", "a/b/c.txt", 9, "a/b/c.txt"},
		{"two thirds of the rest are the end", "releases/1.20.3/windows/amd64/cli.tar.zst", 30, "releases/…ws/amd64/cli.tar.zst"},
		{"very narrow keeps the start", "releases/1.20.3", 5, "rele…"},
		{"no room at all", "releases", 0, ""},
		{"a wide character is never halved", "画像画像画像画像画像.txt", 12, "画…画像.txt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := middle(tt.in, tt.w, "…"); got != tt.want || widthOf(got) > tt.w {
				t.Errorf("%q with %d cells, want %q", got, widthOf(got), tt.want)
			}
		})
	}
}

func TestALineNeverGoesBeyondTheWidth(t *testing.T) {
	p := painter{pal: paletteOf(Mono), g: glyphsOf(false)}
	p.begin(10)
	p.cell(normal, "abc", 5)
	p.right(normal, "de", 4)
	p.put(normal, "too long")
	p.put(normal, "and more")
	p.bar(normal, 0.5, 8)
	p.end()
	if got := p.frame(); got != "abc    de" && got != "abc    det" {
		t.Errorf("%q", got)
	}
	p.begin(6)
	p.mark()
	p.put(bad, "ab")
	p.end()
	if got, want := p.frame(), "\x1b[7mab    \x1b[0m"; got != want {
		t.Errorf("a marked line is %q, want %q", got, want)
	}
}

func TestABarIsFullOnlyWhenAllIsThere(t *testing.T) {
	for _, tt := range []struct {
		part float64
		want string
	}{{0, "[    ]"}, {0.5, "[##  ]"}, {0.999, "[### ]"}, {1, "[####]"}, {7, "[####]"}, {-1, "[    ]"}} {
		p := painter{pal: &palette{}, g: glyphsOf(true)}
		p.begin(20)
		p.bar(good, tt.part, 4)
		p.end()
		if got := p.frame(); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.part, got, tt.want)
		}
	}
}

func FuzzCutting(f *testing.F) {
	f.Add("releases/1.20.3/windows/amd64/cli.tar.zst", 20)
	f.Add("画像/e\u0301 a b c.zst", 9)
	f.Fuzz(func(t *testing.T, s string, w int) {
		s = printable([]rune(s))
		w %= 300
		for _, got := range []string{cut(s, w, "…"), middle(s, w, "…"), middle(s, w, "~")} {
			if n := widthOf(got); n > max(w, 0) {
				t.Errorf("%q in %d cells became %q with %d", s, w, got, n)
			}
		}
		for _, line := range wrap(s, max(w, 1), 5, "…") {
			if n := widthOf(line); n > max(w, 1) {
				t.Errorf("%q wrapped at %d has a line of %d cells: %q", s, w, n, line)
			}
		}
	})
}
