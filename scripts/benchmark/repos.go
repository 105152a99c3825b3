package main

import (
	"fmt"
	"path"
	"time"

	"example.com/tufinspect/demo"
)

// repo says what a repository of the suite holds. It is what the folder in the cache is
// made of, and made again when it changes; the zero value is a repository without targets.
type repo struct {
	// Targets is how many there are, of Size bytes each.
	Targets int   `json:",omitempty"`
	Size    int64 `json:",omitempty"`
	// Both lists sha512 beside sha256.
	Both bool `json:",omitempty"`
	// Plain turns consistent snapshots off, so that a target with two hashes is one file.
	Plain bool `json:",omitempty"`
	// Bins spreads the targets over so many roles.
	Bins int `json:",omitempty"`
	// Keys is how many keys sign the role that lists the targets, with all of them as its
	// threshold; zero means one.
	Keys int `json:",omitempty"`
	// Roots is how many versions of the root there are; zero means one.
	Roots int `json:",omitempty"`
	// Absent leaves the target files out: for workloads of metadata alone.
	Absent bool `json:",omitempty"`
}

// validity is how long all roles of a built repository are valid; one in the cache is made
// again when half of it is over.
const validity = 300 * 24 * time.Hour

// name is the folder's name: readable, and another one for another content.
func (r repo) name() string {
	s := "empty"
	if r.Targets > 0 {
		s = fmt.Sprintf("%dx%d", r.Targets, r.Size)
	}
	for _, part := range []struct {
		is   bool
		text string
	}{
		{r.Both, "-both"},
		{r.Plain, "-plain"},
		{r.Bins > 0, fmt.Sprintf("-bins%d", r.Bins)},
		{r.Keys > 0, fmt.Sprintf("-keys%d", r.Keys)},
		{r.Roots > 0, fmt.Sprintf("-roots%d", r.Roots)},
		{r.Absent, "-listed"},
	} {
		if part.is {
			s += part.text
		}
	}
	return s
}

// spec is the repository for the builder.
func (r repo) spec() demo.Spec {
	s := demo.Spec{Seed: 1, PlainNames: r.Plain, Roots: r.Roots}
	for _, role := range []*demo.Role{&s.Timestamp, &s.Snapshot, &s.TargetsRole} {
		role.Expires = validity
	}
	targets := make([]demo.Target, r.Targets)
	for i := range targets {
		targets[i] = demo.Target{Path: fmt.Sprintf("d%02d/t%06d", i%100, i), Size: r.Size, Absent: r.Absent}
		if r.Both {
			targets[i].Hashes = demo.BothHashes()
		}
	}
	signed := demo.Role{Expires: validity}
	if r.Keys > 0 {
		signed.Keys, signed.Threshold = demo.NewKeys("signer", r.Keys), r.Keys
	}
	if r.Bins > 0 {
		s.Bins = &demo.Bins{Count: r.Bins, Role: signed, Targets: targets}
	} else {
		s.TargetsRole, s.Targets = signed, targets
	}
	return s
}

// url is where the repository's metadata is below a server of the cache folder.
func (r repo) url(base string) string { return base + "/" + path.Join(r.name(), "repo") }
