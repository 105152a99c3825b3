package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// The file is no root at all: whoever looked into it before its digest was compared
// would say so.
func TestARootIsPinnedByItsBytesBeforeAnythingElse(t *testing.T) {
	data := []byte("no root, and not even JSON")
	file := filepath.Join(t.TempDir(), "root.json")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	s256, s512 := sha256.Sum256(data), sha512.Sum512(data)
	right256, right512 := hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:])
	wrong256, wrong512 := strings.Repeat("0A", 32), strings.Repeat("0B", 64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(data) }))
	defer server.Close()
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	secret := strings.Replace(server.URL, "http://", "http://ana:hunter2@", 1) + "/root.json"
	for _, c := range []struct {
		name           string
		sha256, sha512 string
		source         engine.RootSource
		says           []string // of the error; nil for none
	}{
		{"without a pin", "", "", engine.RootFile, nil},
		{"with the right digest", right256, "", engine.RootPinned, nil},
		{"in capitals", strings.ToUpper(right256), "", engine.RootPinned, nil},
		{"with the right longer digest", "", right512, engine.RootPinned, nil},
		{"with both", right256, strings.ToUpper(right512), engine.RootPinned, nil},
		{"with a wrong digest", wrong256, "", "", []string{"--root-sha256", right256, strings.ToLower(wrong256)}},
		{"with a wrong longer digest", "", wrong512, "", []string{"--root-sha512", right512, strings.ToLower(wrong512)}},
		{"with one right and one wrong", right256, wrong512, "", []string{"--root-sha512", right512}},
		{"with one wrong and one right", wrong256, right512, "", []string{"--root-sha256", right256}},
	} {
		for place, root := range map[string]string{"a file": file, "an address": server.URL + "/root.json", "an address with a password": secret} {
			t.Run(c.name+" of "+place, func(t *testing.T) {
				f := runFlags{root: root, sha256: c.sha256, sha512: c.sha512}
				var cfg engine.Config
				err := f.trustedRoot(t.Context(), source, &cfg)
				var usage usageError
				if c.says == nil {
					if err != nil || cfg.RootSource != c.source || string(cfg.Root) != string(data) {
						t.Fatalf("the root is %q (%q): %v", cfg.Root, cfg.RootSource, err)
					}
					return
				}
				if !errors.As(err, &usage) {
					t.Fatalf("%v is no usage error", err)
				}
				for _, want := range c.says {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q does not name %s", err, want)
					}
				}
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%q has the password", err)
				}
			})
		}
	}
}
