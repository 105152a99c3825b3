package disk

import (
	"errors"
	"io/fs"
)

// Reason gives why the system refused a file: err without what was tried and with which
// path, which the caller says once, in the words of Unix. A system that has sentences
// for it, in the language of whoever uses it, is not quoted where there are such words.
func Reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return inWords(err)
}
