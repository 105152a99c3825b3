package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// What scripts want to know of files, without programs that not every system has.

// cmdFind looks for a file below a folder; $FOUND is the last one.
func cmdFind(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] find DIR PATTERN")
	}
	found := ""
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if match, _ := filepath.Match(args[1], filepath.Base(path)); err == nil && match && d.Type().IsRegular() {
			found = path
		}
		return err
	}))
	if neg != (found == "") {
		ts.Fatalf("below %s there is %q", args[0], found)
	}
	ts.Setenv("FOUND", found)
}

// cmdUnpack unpacks an archive beside itself.
func cmdUnpack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unpack FILE")
	}
	file, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	ts.Check(err)
	archive := tar.NewReader(unzipped)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		ts.Check(err)
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) {
			ts.Fatalf("%s has %q, which is no file below a folder", args[0], h.Name)
		}
		data, err := io.ReadAll(archive)
		ts.Check(err)
		path := ts.MkAbs(h.Name)
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
		ts.Check(os.WriteFile(path, data, 0o600))
	}
}
