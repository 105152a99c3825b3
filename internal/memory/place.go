package memory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"example.com/tufinspect/internal/alive"
)

// Folder gives the folder in which memories are kept when nobody says otherwise:
// $XDG_STATE_HOME/tufinspect where that is set, else the system's usual place for what
// a program keeps and nobody else needs. Unlike a cache it is not cleared.
func Folder(getenv func(string) string) (string, error) { return folder(runtime.GOOS, getenv) }

func folder(goos string, getenv func(string) string) (string, error) {
	dir, missing := alive.Below(goos, getenv, "Application Support")
	if missing != "" {
		return "", fmt.Errorf("there is no folder for it: $%s is not set; give one with --state, or pass --no-state", missing)
	}
	return dir, nil
}

// nameOf is the name of a repository's folder: a digest of its address, in which what
// makes no difference to a server makes none, and of which nothing can be read.
func nameOf(repository string) string {
	sum := sha256.Sum256([]byte(normalise(repository)))
	return "repository-" + hex.EncodeToString(sum[:16])
}

// normalise gives the one form of an address: without user and fragment, scheme and
// host in lower case, without the scheme's own port and a slash at the end. A folder
// is cleaned, and made absolute if it is not; large letters make no difference on Windows.
func normalise(repository string) string {
	u, err := url.Parse(repository)
	if err != nil || u.Host == "" {
		folder := filepath.Clean(repository)
		if abs, err := filepath.Abs(repository); err == nil {
			folder = abs
		}
		if runtime.GOOS == "windows" {
			folder = strings.ToLower(folder) // C:\Repo is c:\repo
		}
		return folder
	}
	u.Scheme, u.User, u.Fragment, u.RawFragment = strings.ToLower(u.Scheme), nil, "", ""
	u.Host = strings.ToLower(u.Host)
	for scheme, port := range map[string]string{"http": ":80", "https": ":443"} {
		if u.Scheme == scheme {
			u.Host = strings.TrimSuffix(u.Host, port)
		}
	}
	escaped := strings.TrimSuffix(path.Clean("/"+u.EscapedPath()), "/")
	s := u.Scheme + "://" + u.Host + escaped
	if u.RawQuery != "" {
		s += "?" + u.RawQuery
	}
	return s
}
