package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Nameless makes a file for a process alone, in dir or, if that is "", among the
// system's temporary files. It is gone when it is closed, or when the process has ended
// in whatever way. Its name begins with prefix; what is open cannot lose its name here.
func Nameless(dir, prefix string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	var err error
	for n := range 1000 {
		var f *os.File
		name := filepath.Join(dir, fmt.Sprintf("%s.%d-%d.tmp", prefix, os.Getpid(), n))
		f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|windows.FILE_FLAG_DELETE_ON_CLOSE, forOwner)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, err
}
