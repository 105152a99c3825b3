package canon

import (
	"encoding/json"
	"testing"
)

// The version is the one that the standard library reads.
func FuzzVersion(f *testing.F) {
	for _, s := range []string{
		`{"signed":{"version":5}}`, `{"signed":{"version":5,"Version":6}}`, `{"Signed":{"version":5}}`, `{"signed":{"version":-5}}`, `{"signed":{"version":1.0}}`, `{"signed":{"version":null}}`,
		`{"signed":{}}`, `{"signed":[]}`, `{"signed":null}`, `{"signed":{"version":5,"x":1.5}}`, `{"signed":{"version":5}} x`, `{"signed":{"version":"5"}}`, `{"signed":{"ver\u0073ion":5}}`, `{"signed":{"verſion":5}}`,
		`{"signed":{"version":1},"signed":{}}`, `{"signed":{"version":1},"ſigned":{"version":2}}`, ``, `5`, plainOne,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := int64(-1)
		var file struct {
			Signed struct {
				Version *int64 `json:"version"`
			} `json:"signed"`
		}
		if json.Unmarshal(data, &file) == nil && file.Signed.Version != nil {
			want = *file.Signed.Version
		}
		if got := Version(data); got != want {
			t.Fatalf("%q has version %d, want %d", data, got, want)
		}
	})
}

func BenchmarkVersion(b *testing.B) {
	data := many(5)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if Version(data) != 1 {
			b.Fatal("another version")
		}
	}
}
