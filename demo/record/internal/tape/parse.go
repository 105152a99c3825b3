package tape

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a tape may ask for: above them it is a slip of the pen.
const (
	maxBytes  = 1 << 20
	maxCells  = 1000
	maxFPS    = 30
	minFont   = 4
	maxFont   = 100
	maxPause  = 5 * time.Minute
	maxErrors = 10
)

// parser is a tape that is being read, and what holds for the steps to come.
type parser struct {
	tape          *Tape
	line          int
	width, height int
	limit         time.Duration
	env           []string
	keys          map[string]string
	started       bool // there was a run
	sized         bool // there was a size after it
	begun         bool // there was a begin
	shots         map[string]bool
}

// Parse reads a tape. The error names every line that is wrong, what is wrong with it
// and what would be right.
func Parse(name string, r io.Reader) (*Tape, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s: longer than %d bytes: that is no tape", name, maxBytes)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: not UTF-8: that is no tape", name)
	}
	p := &parser{
		tape:  &Tape{Name: name, Font: DefaultFont, FPS: DefaultFPS},
		width: DefaultWidth, height: DefaultHeight, limit: DefaultLimit,
		keys: keys(), shots: map[string]bool{},
	}
	var wrong []error
	for line := range strings.Lines(string(text)) {
		p.line++
		if err := p.read(strings.TrimSpace(line)); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", name, p.line, err))
		}
		if len(wrong) == maxErrors {
			return nil, errors.Join(wrong...)
		}
	}
	if len(wrong) == 0 && !p.started {
		wrong = append(wrong, fmt.Errorf("%s: nothing is run; a tape has a line like: run PROGRAM ARGUMENT", name))
	}
	if len(wrong) == 0 && p.sized && (p.tape.GIF != "" || p.tape.Cast != "") {
		wrong = append(wrong, fmt.Errorf("%s: the size changes after the first run, and a gif or cast has only one; use a tape for each size", name))
	}
	if len(wrong) == 0 && p.begun && p.tape.GIF == "" && p.tape.Cast == "" {
		wrong = append(wrong, fmt.Errorf("%s: nothing begins, there is no gif and no cast", name))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return p.tape, nil
}

// read takes one line.
func (p *parser) read(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	readers := map[string]func(string) error{
		"size": p.size, "font": p.font, "fps": p.fps, "env": p.setEnv, "limit": p.setLimit,
		"cast": p.cast, "gif": p.gif,
		string(Run): p.run, string(Until): p.until, string(Absent): p.absent, string(Wait): p.wait,
		string(Key): p.key, string(Type): p.typed, string(Shot): p.shot, string(Begin): p.begin, string(End): p.end,
	}
	read, ok := readers[word]
	if !ok {
		return fmt.Errorf("unknown word %q; there are: %s", word, strings.Join(slices.Sorted(maps.Keys(readers)), ", "))
	}
	if err := read(rest); err != nil {
		return fmt.Errorf("%s: %w", word, err)
	}
	return nil
}

func (p *parser) size(s string) error {
	w, h, ok := strings.Cut(s, "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !ok || errW != nil || errH != nil || width < 1 || height < 1 || width > maxCells || height > maxCells {
		return fmt.Errorf("%q is no size; write columns and rows like 120x36, each from 1 to %d", s, maxCells)
	}
	p.sized = p.sized || p.started && (width != p.width || height != p.height)
	p.width, p.height = width, height
	return nil
}

// number reads one within bounds, which NaN is not.
func number(s string, low, high float64) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= low && n <= high) {
		return 0, fmt.Errorf("%q is no number from %v to %v", s, low, high)
	}
	return n, nil
}

func (p *parser) font(s string) (err error) {
	p.tape.Font, err = number(s, minFont, maxFont)
	return err
}

func (p *parser) fps(s string) (err error) {
	p.tape.FPS, err = number(s, 0.1, maxFPS)
	return err
}

func (p *parser) setEnv(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if strings.HasPrefix(value, `"`) { // one that begins or ends with spaces
		unquoted, err := strconv.Unquote(value)
		ok, value = ok && err == nil, unquoted
	}
	if !ok || name == "" || strings.Contains(name+value, "\x00") {
		return fmt.Errorf(`%q sets no variable; write NAME=VALUE or NAME="VALUE"`, s)
	}
	p.env = append(slices.Clone(p.env), name+"="+value)
	return nil
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d > maxPause {
		return 0, fmt.Errorf("%q is no time up to %v; write it like 500ms or 2s", s, maxPause)
	}
	return d, nil
}

func (p *parser) setLimit(s string) (err error) {
	p.limit, err = duration(s)
	return err
}

// file is a name below the folder of the pictures, with an ending.
func file(s, ending string) (string, error) {
	if !filepath.IsLocal(s) || strings.TrimSuffix(filepath.Base(s), ending) == "" ||
		strings.IndexFunc(s, unicode.IsControl) >= 0 || !strings.HasSuffix(s, ending) {
		return "", fmt.Errorf("%q is no file for this; write a name that ends with %s and leaves no folder", s, ending)
	}
	return s, nil
}

func (p *parser) cast(s string) (err error) {
	p.tape.Cast, err = file(s, ".cast")
	return err
}

func (p *parser) gif(s string) (err error) {
	p.tape.GIF, err = file(s, ".gif")
	return err
}

// add appends a step, which needs a program unless it starts one.
func (p *parser) add(s Step) error {
	if s.Word == Run {
		p.started = true
	}
	if !p.started {
		return errors.New("nothing runs yet; write it below a line like: run PROGRAM ARGUMENT")
	}
	s.Line, s.Limit = p.line, p.limit
	p.tape.Steps = append(p.tape.Steps, s)
	return nil
}

func (p *parser) run(s string) error {
	args := strings.Fields(s)
	if len(args) == 0 {
		return errors.New("there is no program; write it with its arguments, which are split at spaces")
	}
	return p.add(Step{Word: Run, Args: args, Width: p.width, Height: p.height, Env: p.env})
}

func (p *parser) text(word Word, s string) error {
	if s == "" {
		return errors.New("there is no text; write it after the word, without quotes")
	}
	return p.add(Step{Word: word, Text: s})
}

func (p *parser) until(s string) error  { return p.text(Until, s) }
func (p *parser) absent(s string) error { return p.text(Absent, s) }
func (p *parser) typed(s string) error  { return p.text(Type, s) }

func (p *parser) wait(s string) error {
	d, err := duration(s)
	if err != nil {
		return err
	}
	return p.add(Step{Word: Wait, For: d})
}

func (p *parser) key(s string) error {
	names := strings.Fields(s)
	if len(names) == 0 {
		return errors.New("there is no key; write one character each, or a name like enter")
	}
	var sent []string
	for _, name := range names {
		if seq, ok := p.keys[name]; ok {
			sent = append(sent, seq)
		} else if utf8.RuneCountInString(name) == 1 {
			sent = append(sent, name)
		} else {
			return fmt.Errorf("unknown key %q; those with a name are: %s", name, strings.Join(slices.Sorted(maps.Keys(p.keys)), ", "))
		}
	}
	return p.add(Step{Word: Key, Keys: sent})
}

func (p *parser) shot(s string) error {
	name, err := file(s+".png", ".png")
	if err != nil {
		return fmt.Errorf("%q is no name; write one without an ending that leaves no folder", s)
	}
	if p.shots[name] {
		return fmt.Errorf("there is a shot %q already; write another name", s)
	}
	p.shots[name] = true
	return p.add(Step{Word: Shot, Text: s})
}

func (p *parser) begin(s string) error {
	switch {
	case s != "":
		return fmt.Errorf("%q belongs to nothing; write the word alone", s)
	case p.begun:
		return errors.New("gif and cast begin once")
	}
	p.begun = true
	return p.add(Step{Word: Begin})
}

func (p *parser) end(s string) error {
	step := Step{Word: End}
	if s != "" {
		code, err := strconv.Atoi(s)
		if err != nil || code < 0 || code > 255 {
			return fmt.Errorf("%q is no exit code; write a number from 0 to 255, or nothing for 0", s)
		}
		step.Code = code
	}
	return p.add(step)
}
