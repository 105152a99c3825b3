package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.com/tufinspect/demo"
)

// listed is a target for a program that reads no metadata: a line of a list file.
type listed struct {
	file           string // its path in the repository
	path           string // the target's own
	length         int64
	sha256, sha512 string // hexadecimal; sha512 may be ""
}

// writeList writes the targets' list, a line each with tabs between the fields: the file, the
// target's path, its length, SHA-256, and SHA-512 or "-".
func writeList(name string, targets []demo.Listed) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	for _, t := range targets {
		other := t.Hashes[demo.SHA512]
		if other == "" {
			other = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", t.Files[0], t.Path, t.Length, t.Hashes[demo.SHA256], other)
	}
	return w.Flush()
}

// readList reads what [writeList] has written.
func readList(name string) ([]listed, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []listed
	for line := range strings.Lines(string(b)) {
		t, err := parseListed(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, t)
	}
	return list, nil
}

func parseListed(line string) (listed, error) {
	f := strings.Split(line, "\t")
	if len(f) != 5 {
		return listed{}, fmt.Errorf("%d fields in the line %q, not 5", len(f), line)
	}
	length, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return listed{}, fmt.Errorf("a length: %w", err)
	}
	t := listed{file: f[0], path: f[1], length: length, sha256: f[3]}
	if f[4] != "-" {
		t.sha512 = f[4]
	}
	return t, nil
}
