package fetch

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// misread tells whether the system refuses a name with slashes, or takes it for another
// one: of "a." and "a " it opens "a". What is verified then would not be what a server
// has under the name.
func misread(name string) bool {
	for element := range strings.SplitSeq(name, "/") {
		if strings.HasSuffix(element, ".") || strings.HasSuffix(element, " ") || strings.ContainsFunc(element, refused) {
			return true
		}
	}
	return false
}

// refused are characters that no name has. A colon and a backslash are refused by
// filepath.Localize.
func refused(c rune) bool { return c < 0x20 || strings.ContainsRune(`<>"|?*`, c) }

// otherwise gives the name that an open file has on disk, with slashes, if it is the
// one asked for but for large and small letters; else "". A file that was reached by a
// link has a name of its own.
func otherwise(file *os.File, name string) string {
	buf := make([]uint16, windows.MAX_PATH)
	for {
		n, err := windows.GetFinalPathNameByHandle(windows.Handle(file.Fd()), &buf[0], uint32(len(buf)), volumeNameNone)
		if err != nil {
			return "" // not every file system can tell
		}
		if int(n) < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]uint16, n)
	}
	return inOtherLetters(windows.UTF16ToString(buf), filepath.Clean(name))
}

// volumeNameNone asks for a path without its volume, which some volumes cannot give.
const volumeNameNone = 0x4

// inOtherLetters gives the end of a path, with slashes, if only large and small letters
// tell it from name.
func inOtherLetters(path, name string) string {
	elements, want := strings.Split(path, `\`), strings.Split(name, `\`)
	if len(elements) < len(want) {
		return ""
	}
	end := strings.Join(elements[len(elements)-len(want):], "/")
	if want := strings.Join(want, "/"); end == want || !strings.EqualFold(end, want) {
		return ""
	}
	return end
}
