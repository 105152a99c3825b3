package ui

import (
	"fmt"
	"slices"
	"strings"
)

// Theme chooses the colours. All are of the 16 that the terminal's own theme
// defines.
type Theme uint8

const (
	// Auto is Dark, or Light where COLORFGBG says that the background is light.
	Auto Theme = iota
	// Dark uses the bright colours.
	Dark
	// Light uses the normal colours, which can be read on white.
	Light
	// Mono uses bold, faint and reverse only. NO_COLOR chooses it too.
	Mono
	numThemes
)

var themeNames = [numThemes]string{"auto", "dark", "light", "mono"}

// String gives the word that ParseTheme takes.
func (t Theme) String() string {
	if t < numThemes {
		return themeNames[t]
	}
	return fmt.Sprintf("theme(%d)", uint8(t))
}

// Themes gives the words of all themes.
func Themes() []string { return slices.Clone(themeNames[:]) }

// ParseTheme reads the word of a theme.
func ParseTheme(s string) (Theme, error) {
	for i, name := range themeNames {
		if name == s {
			return Theme(i), nil
		}
	}
	return Auto, fmt.Errorf("theme %q is not one of %s", s, strings.Join(themeNames[:], ", "))
}

// resolve gives the theme that an environment leads to. NO_COLOR counts when it is
// not empty (no-color.org).
func (t Theme) resolve(getenv func(string) string) Theme {
	if getenv("NO_COLOR") != "" {
		return Mono
	}
	if t != Auto {
		return t
	}
	// COLORFGBG is "foreground;background", in some terminals with a third part
	// between.
	parts := strings.Split(getenv("COLORFGBG"), ";")
	if bg := parts[len(parts)-1]; len(parts) > 1 && (bg == "7" || bg == "15") {
		return Light
	}
	return Dark
}

// WantsASCII tells whether an environment is one in which the usual glyphs are
// missing (Linux console, C locale) or two cells wide (Chinese, Japanese and Korean
// locales, where they are East Asian ambiguous).
func WantsASCII(getenv func(string) string) bool {
	if getenv("TERM") == "linux" {
		return true
	}
	locale := getenv("LC_ALL")
	if locale == "" {
		locale = getenv("LC_CTYPE")
	}
	if locale == "" {
		locale = getenv("LANG")
	}
	switch locale {
	case "C", "POSIX":
		return true
	}
	for _, language := range []string{"zh", "ja", "ko"} {
		if strings.HasPrefix(locale, language) {
			return true
		}
	}
	return false
}

// style is a way to write text.
type style uint8

const (
	normal style = iota
	faint
	bold
	busy    // an attempt that gets on
	working // verifying, retrying
	good
	bad
	warn
	odd // untrusted
	selected
	numStyles
)

const reset = "\x1b[0m"

// palette holds the SGR prefix of each style; "" is plain text.
type palette [numStyles]string

// paletteOf gives the prefixes of a theme. They are written out, and not made by a
// library, because libraries drop bold and reverse together with the colours, and
// without reverse the selected row cannot be seen.
func paletteOf(t Theme) *palette {
	p := &palette{faint: "\x1b[2m", bold: "\x1b[1m", selected: "\x1b[7m", bad: "\x1b[1m", warn: "\x1b[1m", odd: "\x1b[1m"}
	switch t {
	case Dark, Auto:
		p[busy], p[working], p[good] = "\x1b[94m", "\x1b[96m", "\x1b[32m"
		p[bad], p[warn], p[odd] = "\x1b[1;91m", "\x1b[93m", "\x1b[95m"
	case Light:
		p[busy], p[working], p[good] = "\x1b[34m", "\x1b[36m", "\x1b[32m"
		p[bad], p[warn], p[odd] = "\x1b[1;31m", "\x1b[33m", "\x1b[35m"
	}
	return p
}
