package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// getFile reads a file below a folder. The folder is opened anew each time: that
// costs microseconds, holds nothing, and sees a folder that was replaced as a
// whole by a new publication.
//
// Everything goes through os.Root, so that no symbolic link and no race leads
// outside. A call that the disk does not answer (a dead network mount) cannot be
// interrupted; ctx is looked at between the calls.
func (c *Client) getFile(ctx context.Context, folder string, req Request, sink io.Writer, tr Trace) (int64, error) {
	names, unsafe := fileNames(req.File)
	if unsafe != nil {
		return 0, unsafe
	}
	tr.Enter(Mark{Phase: Headers})
	file, length, err := openIn(ctx, folder, names)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	tr.Respond(Response{Protocol: "file", Length: length})
	if length > req.most() {
		return 0, req.surplus(length)
	}
	from := req.offset()
	if from > length {
		// The file has been replaced by a smaller one.
		return 0, &Error{Kind: finding.ReadError, Text: fmt.Sprintf("the file has %s, and the first %s of it were read before", measure.Count(length, "byte"), measure.Count(from, "byte")), Retry: true, StartOver: true}
	}
	if from > 0 {
		if _, err := file.Seek(from, io.SeekStart); err != nil {
			return 0, fileError(err)
		}
	} else if fault := startOver(&req, sink, tr); fault != nil {
		return 0, fault
	}
	tr.Enter(Mark{Phase: Body})
	n, err := c.pour(ctx, file, &req, from, sink, tr)
	var broken *readError
	switch {
	case errors.As(err, &broken):
		return n, fileError(broken.err)
	case err != nil:
		return n, err
	case req.Length >= 0 && from+n < req.Length:
		return n, req.short(from + n)
	}
	return n, nil
}

// noSuchName says that the system cannot have a file of a name.
const noSuchName = "no file can have this name here"

// openIn opens the first of the names that exists, if it is a regular file. The
// error is context.Cause(ctx) or an *Error.
func openIn(ctx context.Context, folder string, names []string) (*os.File, int64, error) {
	root, err := openFolder(folder)
	if err != nil {
		return nil, 0, fileError(err)
	}
	defer root.Close()
	var missing error = &Error{Kind: finding.Missing, Text: noSuchName}
	for _, name := range names {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		file, length, err := openRegular(root, name)
		if err == nil {
			return file, length, nil
		}
		failed := fileError(err)
		if failed.Kind != finding.Missing {
			return nil, 0, failed
		}
		missing = failed
	}
	return nil, 0, missing
}

// openFolder opens a base. It is looked at first, because opening a FIFO waits
// for a writer.
func openFolder(folder string) (*os.Root, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: folder, Err: syscall.ENOTDIR}
	}
	return os.OpenRoot(folder)
}

// openRegular opens a regular file and gives its size. It is looked at twice:
// before opening, because opening a device can have effects, and after it,
// because the name can mean another file by then. The open itself never waits.
func openRegular(root *os.Root, name string) (*os.File, int64, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if err := regular(info); err != nil {
		return nil, 0, err
	}
	file, err := root.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, 0, err
	}
	if info, err = file.Stat(); err == nil {
		err = regular(info)
	}
	if other := otherwise(file, name); err == nil && other != "" {
		err = &Error{Kind: finding.Missing, Text: "there is " + safe.Text(other) + ", which is another name where small and large letters differ, as on most servers"}
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// regular refuses everything that is not a plain file, by name.
func regular(info fs.FileInfo) error {
	var what string
	switch m := info.Mode(); {
	case m.IsRegular():
		return nil
	case m.IsDir():
		what = "a folder"
	case m&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case m&fs.ModeSocket != 0:
		what = "a socket"
	case m&fs.ModeDevice != 0:
		what = "a device"
	default:
		what = "something else"
	}
	return &Error{Kind: finding.UnsafeFile, Text: what + ", not a regular file"}
}

// fileError sorts an error of the file system.
func fileError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	e := &Error{Kind: finding.ReadError, Text: fileErrorText(err), Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, errLongName):
		e.Kind = finding.Missing
	case errors.Is(err, errBadName):
		e.Kind, e.Text = finding.Missing, noSuchName
	case errors.Is(err, fs.ErrPermission):
		e.Kind = finding.Forbidden
	case errors.Is(err, syscall.ELOOP):
		e.Kind, e.Text = finding.UnsafeFile, "a loop of symbolic links"
	case escapes(err):
		e.Kind, e.Text = finding.UnsafeFile, "a symbolic link that leads outside the folder"
	}
	return e
}

// escapes tells whether os.Root refused to leave its folder. Its error has no
// exported value; a test keeps this comparison true.
func escapes(err error) bool {
	return strings.HasSuffix(err.Error(), "path escapes from parent")
}

// fileErrorText gives the reason without operation and path.
func fileErrorText(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return plainText(err)
}
