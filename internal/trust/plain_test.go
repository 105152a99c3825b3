package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/demo/mutant"
	"example.com/tufinspect/internal/canon"
)

// agreePlain holds what is read here of a file against what go-tuf reads of it. It tells
// whether the file is plain.
func agreePlain(t testing.TB, data []byte) bool {
	t.Helper()
	p := readPlain(data)
	if p == nil {
		return false
	}
	md, err := metadata.Targets().FromBytes(data)
	if err != nil {
		t.Fatalf("%q is plain, and go-tuf cannot read it: %v", data, err)
	}
	want, err := cjson.EncodeCanonical(md.Signed)
	if err != nil {
		t.Fatalf("%q is plain, and go-tuf cannot write it: %v", data, err)
	}
	if got, _ := p.proof.message(); !bytes.Equal(got, want) {
		t.Fatalf("%q has the form\n%q, and to go-tuf\n%q", data, got, want)
	}
	paths := make([]string, 0, len(md.Signed.Targets))
	for path := range md.Signed.Targets {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	if got, want := p.targets(), pack(paths, md.Signed.Targets); len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("%q lists %+v, and to go-tuf %+v", data, got, want)
	}
	p.listing.Each(func(_ int, l *canon.Listed) {
		if custom := md.Signed.Targets[string(l.Path)].Custom != nil; custom != l.Custom {
			t.Fatalf("%q of %q has something of its own: %t, and to go-tuf %t", l.Path, data, l.Custom, custom)
		}
	})
	rest := *md
	rest.Signed.Targets = map[string]*metadata.TargetFiles{}
	if !reflect.DeepEqual(&rest, p.md) {
		t.Fatalf("of the rest of %q go-tuf reads\n%+v, and in the whole file\n%+v", data, p.md, rest)
	}
	if rec := receive(data, md)(); rec != nil {
		t.Fatalf("%q is plain, and written otherwise by go-tuf: %s", data, rec.difference())
	}
	return true
}

// aPlainFile has a bit of everything that may be in a targets role.
const aPlainFile = `{"signatures":[{"keyid":"a1","sig":"00ff"},{"keyid":"a2","sig":""}],"signed":{"_type":"targets","delegations":{"keys":{"k":{"keytype":"ed25519","keyval":{"public":"00"},"scheme":"ed25519","x-owner":"@a"}},"roles":[{"keyids":["k"],"name":"r","paths":["a/*"],"terminating":false,"threshold":1}]},"expires":"2030-01-01T00:00:00Z","spec_version":"1.0.31","targets":{"a":{"hashes":{"sha256":"00ff"},"length":0},"b/\"c\\":{"custom":{"a":[1,null,true,"<&>é\u2028"],"b":{"c":-1}},"hashes":{"sha256":"01","sha512":"02"},"length":17}},"version":1,"x":{"y":[1]}}}`

// seeds are targets roles as they are written by this project and by others.
func plainSeeds(t testing.TB) [][]byte {
	seeds := [][]byte{[]byte(aPlainFile)}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(aPlainFile), "", " "); err != nil {
		t.Fatal(err)
	}
	seeds = append(seeds, indented.Bytes())
	repo := build(t, demo.Spec{Targets: manyTargets(3), Delegations: beside(2)})
	for _, name := range []string{"targets", "r1"} {
		seeds = append(seeds, mustRead(t, repo, repo.MetaFile(name)))
	}
	if dir := os.Getenv("TUFINSPECT_FIXTURES"); dir != "" {
		found, err := filepath.Glob(filepath.Join(dir, "*", "*targets*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			seeds = append(seeds, data)
		}
	}
	return seeds
}

// splices are what readers of JSON understand in different ways, or not at all.
var splices = []string{
	`null`, `true`, `0`, `-0`, `-1`, `1.0`, `1e3`, `1E2`, `01`, `10000000000000000000`, `999999999999999999`, `9007199254740993`, `""`, `"a"`, `{}`, `[]`, `{"a":null}`,
	`"length"`, `"Length"`, `"LENGTH"`, `"hashes"`, `"Hashes"`, `"haſhes"`, `"custom"`, `"Custom"`, `"targets"`, `"Targets"`, `"TARGETS"`, `"targetſ"`, `"signed"`, `"Signed"`, `"ſigned"`,
	`"signatures"`, `"_type"`, `"_Type"`, `"version"`, `"VERSION"`, `"delegations"`, `"Delegations"`, `"\u006cength"`, `"\u0074argets"`, `"\u00e9"`, `"é"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`,
	`"<>&"`, `"\u003c"`, "\"\u2028\"", `"\u2028"`, `"\/"`, `"\n"`, `"\u0000"`, "\"\x00\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\xef\xbb\xbf", "\x00", "\xff", "\u00a0", " ", "\n\t", ",", ":", "{", "}", "[", "]", `"`, `\`,
	`"00"`, `"0"`, `"0A"`, `"0g"`, `"sha256"`, `"SHA256"`, `,"targets":{}`, `,"Targets":{}`, `,"Targets":null`, `,"targets":null`, `,"Targets":{"a":{"length":1}}`, `,"x":1`, `,"x":1.5`, `,"length":1`, `,"Length":2`, `,"custom":null`,
	`,"custom":{"a":1.5}`, `,"custom":"x"`, `{"hashes":{"sha256":"aa"},"length":1}`, `,"c":{"hashes":{"sha256":"aa"},"length":1}`, `"c":{"hashes":{"sha256":"aa"},"length":1},`, `,"signatures":[]`, `,"signed":{}`, `,"ſigned":{}`,
}

// token finds a part of JSON, in what may be none: a text, a word, a mark.
func token(data []byte, at int) []byte {
	rest := data[at:]
	n := 1
	switch c := rest[0]; {
	case c == '"':
		for n < len(rest) && rest[n] != '"' {
			n++
		}
		n = min(n+1, len(rest))
	case bytes.IndexByte([]byte("{}[]:,"), c) < 0:
		for n < len(rest) && bytes.IndexByte([]byte("{}[]:,\" \n"), rest[n]) < 0 {
			n++
		}
	}
	return rest[:n]
}

// bend changes a file a little.
func bend(random *rand.Rand, data []byte) []byte {
	data = slices.Clone(data)
	for range 1 + random.IntN(2) {
		if len(data) == 0 {
			return data
		}
		at := random.IntN(len(data))
		part := token(data, at)
		splice := splices[random.IntN(len(splices))]
		switch random.IntN(7) {
		case 0:
			data[at] = byte(random.IntN(256))
		case 1:
			data = slices.Delete(data, at, at+len(part))
		case 2:
			data = slices.Replace(data, at, at+len(part), []byte(splice)...)
		case 3:
			data = slices.Insert(data, at, []byte(splice)...)
		case 4: // a part once more, somewhere else
			data = slices.Insert(data, random.IntN(len(data)), part...)
		case 5: // a run of bytes once more, which may be a member of an object
			to := min(len(data), at+random.IntN(120))
			data = slices.Insert(data, random.IntN(len(data)), slices.Clone(data[at:to])...)
		case 6: // behind a bracket or in front of one
			if i := bytes.IndexAny(data[at:], "{}"); i >= 0 {
				data = slices.Insert(data, at+i+random.IntN(2), []byte(splice)...)
			}
		}
	}
	return data
}

func TestWhatIsPlainIsWhatGoTUFReads(t *testing.T) {
	seeds := plainSeeds(t)
	for i, seed := range seeds {
		// Files of go-tuf's first version have 1.0 for numbers that nobody reads.
		if !agreePlain(t, seed) && (bytes.HasPrefix(seed, []byte(`{"s`)) || i < 2) {
			t.Errorf("%.200q is not plain", seed)
		}
	}
	random := rand.New(rand.NewPCG(3, number(t, "TUFINSPECT_SEED", 3)))
	n, plain := int(number(t, "TUFINSPECT_MUTATIONS", most(40_000, 2_000))), 0
	for range n {
		if agreePlain(t, bend(random, seeds[random.IntN(len(seeds))])) {
			plain++
		}
	}
	t.Logf("%d of %d bent files are plain", plain, n)
	if plain < n/20 || plain > n-n/20 {
		t.Errorf("%d of %d bent files are plain: they prove little", plain, n)
	}
}

// What is plain here is read by go-tuf, written by it in the canonical form that is
// verified here, and lists the same.
func FuzzPlainFile(f *testing.F) {
	for _, seed := range plainSeeds(f) {
		f.Add(seed, uint64(0))
		f.Add(seed, uint64(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		if seed > 0 {
			data = bend(rand.New(rand.NewPCG(seed, 1)), data)
		}
		agreePlain(t, data)
	})
}

// walked is all that a walk says.
func walked(t testing.TB, cfg Config, src source, order uint64) string {
	d := drive(t, cfg, src, order)
	var b strings.Builder
	for _, r := range d.roles {
		fmt.Fprintf(&b, "%+v\n", r)
	}
	lines := []string{}
	for _, n := range d.notes {
		lines = append(lines, fmt.Sprintf("%+v", n))
	}
	for name, l := range d.lists {
		lines = append(lines, fmt.Sprintf("%s %+v", name, l.Targets))
		for _, one := range l.Targets {
			lines = append(lines, fmt.Sprintf("%+v", d.w.Reach(name, one.Path)))
		}
	}
	for id := range d.w.roles {
		if what, err := d.w.Read(RoleID(id)); err == nil {
			lines = append(lines, fmt.Sprintf("%+v", what.Run()))
		}
	}
	slices.Sort(lines)
	return b.String() + strings.Join(lines, "\n")
}

// bothWays walks a bent repository with go-tuf reading everything and with plain files
// read here, which must come to the same.
func bothWays(t testing.TB, seed uint64) {
	t.Helper()
	c, err := mutant.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(seed, 2))
	bent := map[string][]byte{}
	src := func(name string) Answer {
		data, status := c.Get(name)
		if status != 200 {
			return Answer{Absent: true, Status: status, Reason: "none"}
		}
		if b, ok := bent[name]; ok {
			return Answer{Bytes: b}
		}
		// One file of a few is bent on top of what the seed has changed.
		if strings.HasSuffix(name, "targets.json") && random.IntN(2) == 0 || random.IntN(12) == 0 {
			data = bend(random, data)
		}
		bent[name] = data
		return Answer{Bytes: data}
	}
	slow := DefaultLimits()
	slow.slow = true
	want := walked(t, Config{Root: c.Root, At: c.At, Limits: slow}, src, seed)
	if got := walked(t, Config{Root: c.Root, At: c.At}, src, seed); got != want {
		t.Fatalf("seed %d: %s", seed, firstDifference(got, want))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("got\n%s\nwant\n%s", a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

func TestPlainFilesChangeNoVerdict(t *testing.T) {
	first := number(t, "TUFINSPECT_SEED", 1)
	for seed := first; seed < first+number(t, "TUFINSPECT_MUTATIONS", most(400, 40)); seed++ {
		bothWays(t, seed)
	}
}

func FuzzPlainFilesChangeNoVerdict(f *testing.F) {
	for seed := range uint64(3) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { bothWays(t, seed) })
}
