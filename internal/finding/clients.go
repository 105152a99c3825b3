package finding

import "fmt"

// Client is a client of TUF repositories that others are built on.
type Client uint8

// The clients. Versions are those whose sources the tables of this project were made
// from.
const (
	GoTUF     Client = iota // 2.4.2, asked itself
	PythonTUF               // ngclient 7.0.0, by its sources; tests hold the rules against it, running
	Tough                   // 0.22, by its sources
	numClients
)

var clientNames = [numClients]string{"go-tuf", "python-tuf", "tough"}

// String gives the name by which its project calls it.
func (c Client) String() string {
	if c < numClients {
		return clientNames[c]
	}
	return fmt.Sprintf("client(%d)", uint8(c))
}

// Version says which version is meant.
func (c Client) Version() string {
	switch c {
	case GoTUF:
		return "2.4.2"
	case PythonTUF:
		return "7.0.0"
	case Tough:
		return "0.22"
	}
	return ""
}

// Clients gives all clients.
func Clients() []Client { return []Client{GoTUF, PythonTUF, Tough} }

// Stance is what a client makes of a file about which a finding says something.
type Stance uint8

const (
	// Takes it: the finding does not make the client refuse it.
	Takes Stance = iota
	// May refuse it: that depends on more than the finding says, or on its version.
	May
	// Refuses it.
	Refuses
)

// String gives the word.
func (s Stance) String() string {
	switch s {
	case Takes:
		return "takes"
	case May:
		return "may refuse"
	case Refuses:
		return "refuses"
	}
	return fmt.Sprintf("stance(%d)", uint8(s))
}

// stances are what go-tuf, python-tuf and tough make of the file that a finding is
// about. Kinds that are not in it are taken by all three, or are not about a metadata
// file. Each is what their sources do: for python-tuf tuf/api/_payload.py and
// tuf/ngclient, for tough src/lib.rs and src/schema.
var stances = map[ID][numClients]Stance{
	// The rules of the specification that all of them check.
	Expired:              {Refuses, Refuses, Refuses},
	BadSignatures:        {Refuses, Refuses, Refuses},
	ThresholdUnreachable: {Refuses, Refuses, Refuses},
	VersionMismatch:      {Refuses, Refuses, Refuses},
	TrailingData:         {Refuses, Refuses, Refuses},
	MetadataHash:         {Refuses, Refuses, May}, // tough takes a listed length for the most there may be
	Missing:              {Refuses, Refuses, Refuses},
	// What go-tuf cannot read, others may: they read keys and forms in their own way.
	RootUnusable:    {Refuses, May, May},
	RoleRefused:     {Refuses, May, May},
	Unparsable:      {Refuses, May, May},
	VerifierCrashed: {Refuses, May, May},
	UnreadableKey:   {Refuses, May, May},
	Reencoding:      {Refuses, May, May}, // the others write a file anew before they verify it, too
	KeyNotListed:    {Refuses, Takes, Takes},
	ByteOrderMark:   {Refuses, Refuses, May},
	// python-tuf is strict when it reads a file.
	ExpiresForm:       {Takes, Refuses, May},
	SpecVersion:       {Takes, Refuses, Takes},
	ReservedRoleName:  {May, Refuses, May},
	DuplicateRoleName: {Takes, Refuses, May},
	NoPaths:           {Takes, May, May}, // an empty list is taken, none is not
	PathsAndPrefixes:  {Takes, Refuses, May},
	DuplicateJSONKeys: {May, May, May}, // all of them verify what they understood
	// tough has one hash, and one form of a key.
	NoSHA256:      {Takes, Takes, Refuses},
	KeyIDMismatch: {Takes, Takes, May}, // earlier ones refuse it
	// Sizes and numbers.
	OverClientLimit: {Refuses, Refuses, May},
	RootLimit:       {May, May, May},
	RootEndStatus:   {Refuses, May, Takes}, // python-tuf takes 403 for the end, and no other than it and 404
	NotInSnapshot:   {Refuses, Refuses, May},
	BinMissing:      {Refuses, Takes, Refuses}, // python-tuf misses only what is in that bin
}

// Stance says what a client makes of a file that has a finding of this kind.
func (id ID) Stance(c Client) Stance {
	if s, ok := stances[id]; ok && c < numClients {
		return s[c]
	}
	return Takes
}
