package trust

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// matchPath tells whether a target path is in a delegation's pattern: shell-style
// wildcards that do not cross a slash (TUF 4.5, as go-tuf and python-tuf read it).
func matchPath(pattern, target string) bool {
	if strings.Count(pattern, "/") != strings.Count(target, "/") {
		return false
	}
	for {
		p, pRest, more := strings.Cut(pattern, "/")
		t, tRest, _ := strings.Cut(target, "/")
		if ok, err := path.Match(p, t); !ok || err != nil {
			return false
		}
		if !more {
			return true
		}
		pattern, target = pRest, tRest
	}
}

// pathDigest is the hexadecimal SHA-256 of a target path, which
// path_hash_prefixes are compared with (TUF 4.5).
func pathDigest(target string) string {
	sum := sha256.Sum256([]byte(target))
	return hex.EncodeToString(sum[:])
}

// bin is the name of the succinct role that a target path belongs to (TAP 15):
// the prefix and the leading bits of the path's SHA-256 in hexadecimal.
func bin(s *metadata.SuccinctRoles, target string) string {
	sum := sha256.Sum256([]byte(target))
	n := uint64(binary.BigEndian.Uint32(sum[:4])) >> (32 - s.BitLength)
	return binName(s, n)
}

// binName is the name of a succinct role by its number.
func binName(s *metadata.SuccinctRoles, n uint64) string {
	return fmt.Sprintf("%s-%0*x", s.NamePrefix, suffixLen(s.BitLength), n)
}

// suffixLen is how many hexadecimal digits the last bin's number has.
func suffixLen(bits int) int {
	return len(strconv.FormatUint(1<<uint(bits)-1, 16))
}

// validBits tells whether a bit length is one that TAP 15 allows.
func validBits(s *metadata.SuccinctRoles) bool { return s.BitLength >= 1 && s.BitLength <= 32 }

// isBin tells whether a name is one that [bin] can give. go-tuf's own test also
// takes other ways to write the number, under which no search ever comes.
func isBin(s *metadata.SuccinctRoles, name string) bool {
	digits, ok := strings.CutPrefix(name, s.NamePrefix+"-")
	if !ok || !s.IsDelegatedRole(name) {
		return false
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	return err == nil && digits == fmt.Sprintf("%0*x", suffixLen(s.BitLength), n)
}
