package journal

import (
	"reflect"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/safe"
)

// doubtful tells whether JSON may hold a text that is not printable: one that is not
// ASCII, has an escape other than that of a quote or a backslash, or is longer than any
// that an event has.
func doubtful(data []byte) bool {
	if len(data) > safe.MaxLen {
		return true
	}
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c >= 0x7f || c < 0x20:
			return true
		case c == '\\':
			if i++; i < len(data) && data[i] != '"' && data[i] != '\\' {
				return true
			}
		}
	}
	return false
}

// printable makes a text printable, which is what it should be already.
func printable(s string) string { return safe.Text(s) }

// cleaned gives the event with all its texts printable.
func cleaned(b engine.Body) engine.Body {
	if f, ok := b.(engine.InspectorFault); ok {
		f.Goroutine, f.Value = printable(f.Goroutine), printable(f.Value)
		f.Stack = printableLines(f.Stack)
		return f
	}
	v := reflect.New(reflect.TypeOf(b)).Elem()
	v.Set(reflect.ValueOf(b))
	scrub(v)
	return v.Interface().(engine.Body) //nolint:forcetypeassert // of the same type as b
}

// stackLines is how many lines of a stack are kept.
const stackLines = 1000

func printableLines(s string) string {
	lines := strings.SplitN(s, "\n", stackLines+1)
	for i, l := range lines[:min(len(lines), stackLines)] {
		indent := len(l) - len(strings.TrimLeft(l, "\t"))
		lines[i] = l[:indent] + printable(l[indent:])
	}
	return strings.Join(lines[:min(len(lines), stackLines)], "\n")
}

// scrub makes the texts in a value printable that can be reached from it. The value is
// owned: nothing else was read from the line.
func scrub(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); s != "" {
			if clean := printable(s); clean != s {
				v.SetString(clean)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				scrub(f)
			}
		}
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k == reflect.Uint8 || k == reflect.Uint32 {
			return // hashes, and the numbers of items
		}
		for i := range v.Len() {
			scrub(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			k, e := reflect.New(key.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
			k.Set(key)
			e.Set(v.MapIndex(key))
			scrub(k)
			scrub(e)
			v.SetMapIndex(key, reflect.Value{})
			v.SetMapIndex(k, e)
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != siteType { // sites are cleaned where they are read
			scrub(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			e := reflect.New(v.Elem().Type()).Elem()
			e.Set(v.Elem())
			scrub(e)
			v.Set(e)
		}
	}
}

var siteType = reflect.TypeFor[*engine.Site]()
