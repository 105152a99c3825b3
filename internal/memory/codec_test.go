package memory

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"testing"

	"example.com/tufinspect/internal/trust"
)

// FuzzParse feeds the fields behind the format, as if the checksum were right: whoever
// can write the file can make that, too. What is read must be written as it was.
func FuzzParse(f *testing.F) {
	var whole bytes.Buffer
	if err := encode(&whole, sample()); err != nil {
		f.Fatal(err)
	}
	body, err := begun(whole.String())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body[:len(body)-32])
	f.Add("")
	f.Add("\x02\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x0f")
	f.Fuzz(func(t *testing.T, body string) {
		m, err := parse(body)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := encode(&again, m); err != nil {
			t.Fatal(err)
		}
		got, err := decode(again.String())
		if err != nil {
			t.Fatal(err)
		}
		if m.TargetsAt.IsZero() { // nobody looked at targets, so there are none
			for i := range m.Roles {
				m.Roles[i].Targets = nil
			}
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%+v has become %+v", m, got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	var whole bytes.Buffer
	if err := encode(&whole, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.String())
	f.Add(magic + "\x04")
	f.Fuzz(func(_ *testing.T, file string) { _, _ = decode(file) })
}

// large is a memory with so many targets.
func large(n int) *trust.Remembered {
	m := sample()
	targets := make([]trust.RememberedTarget, n)
	for i := range targets {
		targets[i].Path = fmt.Sprintf("packages/%03d/some-package-name-%07d.tar.gz", i/10_000, i)
	}
	m.Roles[0].Targets = targets
	return m
}

func TestManyTargets(t *testing.T) {
	s := storeIn(t.TempDir())
	m := large(50_000)
	save(t, s, m)
	loads(t, s, m)
}

func BenchmarkAMillionTargets(b *testing.B) {
	m := large(1_000_000)
	var whole bytes.Buffer
	if err := encode(&whole, m); err != nil {
		b.Fatal(err)
	}
	file := whole.String()
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			_ = encode(io.Discard, m)
		}
		b.ReportMetric(float64(len(file))/1e6, "MB")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decode(file); err != nil {
				b.Fatal(err)
			}
		}
	})
}
