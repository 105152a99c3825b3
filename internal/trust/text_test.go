package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/safe"
)

func TestLongListsAndDeepNestingAreCut(t *testing.T) {
	for _, c := range []struct {
		name, data   string
		left, within string
	}{
		{"a long list", "[" + strings.Repeat("0,", maxEntries+5) + "1]", "6 list entries are left out", "  … 6 more entries\n]"},
		{"targets with strange entries", `{"signed":{"targets":{` + strings.Repeat(`"a":[1,",\"]}",{"x":{}}],`, 300) + `"b":1},"x":2}}`, "101 targets are left out", "      … 101 more targets\n    },\n    \"x\": 2"},
		{"targets elsewhere", `{"targets":{` + strings.Repeat(`"a":1,`, 300) + `"b":1}}`, "", `    "b": 1`},
		{"deep nesting", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "", strings.Repeat("  ", maxIndent) + "[\n" + strings.Repeat("  ", maxIndent) + "[\n"},
		{"too deep to be JSON", strings.Repeat("[", 20000), "", strings.Repeat("[", maxRaw) + "\n"},
		{"many lines", strings.Repeat("a\n", maxLines+1234), "1,234 lines are left out", "a\n… 1,234 more lines"},
		{"many bytes", strings.Repeat(strings.Repeat("b", maxRaw)+"\n", 4000), "1,955 lines are left out", "b\n… 1,955 more lines"},
		{"a long value", `["` + strings.Repeat("c", 1<<20) + `",1]`, "1 long line is cut", "ccc…\n  1\n]"},
		{"lists in lists", "[" + strings.Repeat("["+strings.Repeat("0,", 3000)+"0],", 100) + "0]", "100,100 list entries are left out, 180,", " more lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := (&question{name: "a", kept: excerptOf([]byte(c.data), nil), limits: DefaultLimits()}).answer()
			harmless(t, f)
			if !strings.HasPrefix(f.Left, c.left) || c.left == "" && f.Left != "" || !strings.Contains(strings.Join(f.Lines, "\n"), c.within) {
				t.Errorf("%q, %d lines, the last of them %q", f.Left, len(f.Lines), f.Lines[max(0, len(f.Lines)-3):])
			}
		})
	}
}

func FuzzRoleFile(f *testing.F) {
	repo := build(f, demo.Spec{Roots: 2, Rotate: []string{"root"}, Targets: oneTarget, Delegations: []demo.Delegation{leaf("a")}})
	data, err := repo.ReadFile("timestamp.json") // small, so that the fuzzer gets on
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"signatures":[{"keyid":"k","sig":"00"}],"signed":{"delegations":{"keys":{},"roles":[{"name":"a","paths":["*"],"threshold":1}]}}}`))
	f.Add([]byte(evil))
	f.Add([]byte(`{"signed":{"targets":{"a":[],"b":{}}},"signatures":[{"keyid":"a","sig":"00"},{"keyid":"a","sig":"\u202e"}]}`))
	root, err := metadata.Root().FromBytes(repo.Root(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var md *metadata.Metadata[metadata.TargetsType]
		q := question{name: "a", lister: "root", duty: rootDuty(root, "targets"), hasDuty: true, limits: DefaultLimits(), kept: &excerpt{size: int64(len(data)), data: data}}
		if err := guard(reading, func() (err error) { md, err = metadata.Targets().FromBytes(data); return }); err == nil {
			q.delegations = md.Signed.Delegations
		}
		harmless(t, q.answer())
		q.root, q.before, q.delegations = true, root, nil
		shown := q.answer()
		harmless(t, shown)
		if shown.JSON != json.Valid(data) || shown.Size != int64(len(data)) {
			t.Errorf("JSON %v, %d bytes", shown.JSON, shown.Size)
		}
		if shown.JSON && shown.Left == "" && printed(data) && len(data) < safe.MaxLen {
			var a, b bytes.Buffer
			_ = json.Compact(&a, data)
			if err := json.Compact(&b, []byte(strings.Join(shown.Lines, "\n"))); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%v: %q is shown as %q", err, a.Bytes(), b.Bytes())
			}
		}
		q.kept = excerptOf(data, signaturesOf(md))
		harmless(t, q.answer())
	})
}

// printed tells whether all of it is plain ASCII, which is shown as it is.
func printed(data []byte) bool {
	return !bytes.ContainsFunc(data, func(r rune) bool { return r < 0x20 && r != '\n' || r > 0x7e })
}

func BenchmarkRoleFile(b *testing.B) {
	for _, n := range []int{100, 5000, 100_000} {
		data := listing(b, n)
		b.Run(fmt.Sprintf("%d targets", n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				x := excerptOf(data, nil)
				(&question{name: "a", kept: x, limits: DefaultLimits()}).answer()
			}
		})
	}
}
