package mutant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"example.com/tufinspect/demo"
)

// mutator breaks one thing.
type mutator struct {
	rnd   *rand.Rand
	c     *Case
	spec  demo.Spec
	roles []string // in the order in which they are built, with the versions of the root
}

func (m *mutator) mutate() error {
	switch n := m.rnd.IntN(20); {
	case n < 8:
		return m.signed()
	case n < 10:
		return m.listed()
	}
	changes := []func(string) error{m.bytes, m.bytes, m.remove, m.swap, m.older, m.truncate, m.value, m.value, m.status}
	paths := m.c.repo.Paths()
	paths = slices.DeleteFunc(paths, func(p string) bool { return strings.HasPrefix(p, "targets/") && m.rnd.IntN(3) > 0 })
	return changes[m.rnd.IntN(len(changes))](paths[m.rnd.IntN(len(paths))])
}

// say notes what is changed.
func (m *mutator) say(format string, args ...any) { m.c.What = fmt.Sprintf(format, args...) }

// bytes changes, deletes or inserts some.
func (m *mutator) bytes(path string) error {
	data, err := m.c.repo.ReadFile(path)
	if err != nil {
		return err
	}
	data, what := m.disturb(data)
	m.say("%s: %s", path, what)
	m.c.repo.Set(path, data)
	return nil
}

func (m *mutator) disturb(data []byte) ([]byte, string) {
	at := m.rnd.IntN(len(data) + 1)
	switch m.rnd.IntN(5) {
	case 0:
		if at < len(data) {
			b := slices.Clone(data)
			b[at] ^= 1 << m.rnd.IntN(8)
			return b, fmt.Sprintf("bit flipped at %d", at)
		}
	case 1:
		if at < len(data) {
			return slices.Delete(slices.Clone(data), at, at+1), fmt.Sprintf("byte deleted at %d", at)
		}
	case 2:
		b := []byte("\xef\xbb\xbf{}[] 0\n\x00\"")[m.rnd.IntN(12)]
		return slices.Insert(slices.Clone(data), at, b), fmt.Sprintf("%q inserted at %d", b, at)
	case 3:
		tail := []string{" ", "\n\n", "x", "{}", "\x00", "null"}[m.rnd.IntN(6)]
		return append(slices.Clone(data), tail...), fmt.Sprintf("%q appended", tail)
	}
	return append([]byte("\xef\xbb\xbf"), data...), "byte order mark"
}

func (m *mutator) remove(path string) error {
	m.say("%s: removed", path)
	m.c.repo.Remove(path)
	return nil
}

func (m *mutator) swap(path string) error {
	paths := m.c.repo.Paths()
	other := paths[m.rnd.IntN(len(paths))]
	a, err := m.c.repo.ReadFile(path)
	if err != nil {
		return err
	}
	b, err := m.c.repo.ReadFile(other)
	if err != nil {
		return err
	}
	if bytes.Equal(a, b) {
		return errNothing
	}
	m.say("%s and %s: swapped", path, other)
	m.c.repo.Set(path, b)
	m.c.repo.Set(other, a)
	return nil
}

// older puts a file of an earlier state in the place of one of this state.
func (m *mutator) older(path string) error {
	s := m.spec
	bump := func(r *demo.Role) { r.Version = 1 + int64(m.rnd.IntN(3)) }
	bump(&s.Timestamp)
	bump(&s.Snapshot)
	bump(&s.TargetsRole)
	s.Targets = append(slices.Clone(s.Targets), demo.Target{Path: "earlier", Size: 3})
	repo, err := s.Build()
	if err != nil {
		return err
	}
	for _, role := range []string{"timestamp", "snapshot", "targets", "1.root"} {
		if m.c.repo.MetaFile(role) != path {
			continue
		}
		data, err := repo.ReadFile(repo.MetaFile(role))
		if err != nil {
			return err
		}
		m.say("%s: of another state", path)
		m.c.repo.Set(path, data)
		return nil
	}
	return errNothing
}

func (m *mutator) truncate(path string) error {
	data, err := m.c.repo.ReadFile(path)
	if err != nil || len(data) == 0 {
		return errNothing
	}
	n := m.rnd.IntN(len(data))
	m.say("%s: cut after %d bytes", path, n)
	m.c.repo.Set(path, data[:n])
	return nil
}

func (m *mutator) status(path string) error {
	if m.rnd.IntN(3) == 0 { // behind the end of the roots
		path = strconv.Itoa(m.spec.Roots+1) + ".root.json"
	}
	m.c.Status[path] = []int{403, 410, 500, 404}[m.rnd.IntN(4)]
	m.say("%s: answered with %d", path, m.c.Status[path])
	return nil
}

// value changes something in a file's JSON and signs nothing.
func (m *mutator) value(path string) error {
	data, err := m.c.repo.ReadFile(path)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var doc any
	if dec.Decode(&doc) != nil {
		return errNothing
	}
	what := m.alter(doc)
	if what == "" {
		return errNothing
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return errNothing
	}
	m.say("%s: %s", path, what)
	m.c.repo.Set(path, out)
	return nil
}

// signed changes a role's object before it is signed: only what it says is wrong.
func (m *mutator) signed() error {
	return m.rebuild(func(s *demo.Spec, role string) {
		s.Tamper = func(name string, signed map[string]any) {
			if name == role {
				if what := m.alter(signed); what != "" {
					m.say("%s, signed: %s", role, what)
				}
			}
		}
	})
}

// listed changes a role's file after it was signed, and those that list it list what
// it is then.
func (m *mutator) listed() error {
	return m.rebuild(func(s *demo.Spec, role string) {
		s.TamperFile = func(name string, file []byte) []byte {
			if name != role {
				return file
			}
			data, what := m.disturb(file)
			m.say("%s, as listed: %s", role, what)
			return data
		}
	})
}

// rebuild builds the repository once more with a change in one of its roles.
func (m *mutator) rebuild(change func(s *demo.Spec, role string)) error {
	s := m.spec
	change(&s, m.roles[m.rnd.IntN(len(m.roles))])
	repo, err := s.Build()
	if err != nil || m.c.What == "" {
		return errNothing // it cannot be written
	}
	m.c.repo = repo
	return nil
}

// place is somewhere in a JSON tree.
type place struct {
	where string
	value any
	set   func(any)
	drop  func() // nil in lists
	in    map[string]any
	key   string
}

// alter changes one place of a JSON tree and says what, or "".
func (m *mutator) alter(doc any) string {
	var all []place
	collect(doc, "", &all)
	if len(all) == 0 {
		return ""
	}
	p := all[m.rnd.IntN(len(all))]
	switch m.rnd.IntN(8) {
	case 0:
		if p.drop != nil {
			p.drop()
			return p.where + " dropped"
		}
	case 1:
		q := all[m.rnd.IntN(len(all))]
		if !strings.HasPrefix(p.where, q.where) { // no tree within itself
			p.set(q.value)
			return p.where + " is " + q.where
		}
	case 2:
		if p.in != nil {
			delete(p.in, p.key)
			p.in[p.key+"x"] = p.value
			return p.where + " renamed"
		}
	case 3:
		if p.in != nil {
			p.in["x-new"] = []any{int64(1), "two", nil}
			return "a field more beside " + p.where
		}
	case 4:
		if s, ok := p.value.(string); ok && s != "" {
			b := []byte(s)
			i := m.rnd.IntN(len(b))
			b[i] = "0aZz-./*"[m.rnd.IntN(8)]
			p.set(string(b))
			return fmt.Sprintf("%s is %q", p.where, b)
		}
		if n, ok := p.value.(int64); ok {
			n += int64(m.rnd.IntN(5)) - 2
			p.set(n)
			return fmt.Sprintf("%s is %d", p.where, n)
		}
	case 5:
		if s, ok := p.value.(string); ok && strings.HasSuffix(s, "Z") {
			to := strings.TrimSuffix(s, "Z") + []string{"+00:00", ".000Z", ".5Z", "z", ""}[m.rnd.IntN(5)]
			p.set(to)
			return p.where + " is " + to
		}
		if s, ok := p.value.(string); ok {
			p.set(strings.ToUpper(s))
			return p.where + " in capitals"
		}
	}
	to := []any{nil, "", "x", int64(0), int64(-1), int64(1) << 53, true, false, []any{}, map[string]any{}, []any{nil}, map[string]any{"a": nil}}[m.rnd.IntN(12)]
	p.set(to)
	return fmt.Sprintf("%s is %v", p.where, to)
}

// collect gives all places of a tree, in an order that does not depend on its maps.
func collect(v any, where string, all *[]place) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			at := where + "/" + k
			*all = append(*all, place{where: at, value: v[k], in: v, key: k, set: func(to any) { v[k] = to }, drop: func() { delete(v, k) }})
			collect(v[k], at, all)
		}
	case []any:
		for i := range v {
			at := where + "/" + strconv.Itoa(i)
			*all = append(*all, place{where: at, value: v[i], set: func(to any) { v[i] = to }})
			collect(v[i], at, all)
		}
	}
}
