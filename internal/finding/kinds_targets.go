package finding

// Target files: how the fetch of a metadata or target file ended, and what is odd about the entry. Raised by internal/fetch and internal/engine, some found by internal/lint.
const (
	Missing            ID = "missing"
	NoTargetFound      ID = "no-target-found"
	Forbidden          ID = "forbidden"
	WrongLength        ID = "wrong-length"
	WrongHash          ID = "wrong-hash"
	UnknownHash        ID = "unknown-hash"
	TooLarge           ID = "too-large"
	UnsafeName         ID = "unsafe-name"
	UnsafeFile         ID = "unsafe-file"
	OddTargetName      ID = "odd-target-name"
	NonASCIITargetName ID = "non-ascii-target-name"
	EmptyTarget        ID = "empty-target"
	UnlistedFile       ID = "unlisted-file"
)

var targetsKinds = []Kind{
	{Missing, Critical, "a listed file is not there", "fails with not found", "publish the file"},
	{NoTargetFound, Warning, "no target file is there", "fails with not found, whichever file it asks for", "give the address of the target files with --targets-url, if they are elsewhere"},
	{Forbidden, Unknown, "the server refuses access", "fails, unless it has access", "pass credentials, or open the file to the public"},
	{WrongLength, Critical, "the length differs from the signed one", "refuses the file", "publish the file that was signed; look for a stale cache"},
	{WrongHash, Critical, "the bytes are not the signed ones", "refuses the file", "publish the file that was signed; look for a stale cache"},
	{UnknownHash, Critical, "the target is listed without a hash that clients know", "refuses the target", "list sha256 or sha512"},
	{TooLarge, Critical, "the file is larger than any client reads", "refuses the file", "look at what the server sends under this address"},
	{UnsafeName, Critical, "the name leads outside the repository and was not fetched", "depends on the client; some write outside their folder", "take the name out of the metadata"},
	{UnsafeFile, Critical, "not a regular file inside the repository's folder", "depends on how the folder is served", "put the file itself there"},
	{OddTargetName, Warning, "the target's name has characters that clients put into addresses in different ways", "asks for another address than the one meant, or fails", "use letters, digits and -._/ in names"},
	{NonASCIITargetName, Info, "the target's name has characters beyond ASCII", "finds it, if both sides write the name in the same normal form", "use ASCII in names"},
	{EmptyTarget, Info, "the target is listed with a length of 0", "accepts an empty file", "nothing, if an empty file is meant"},
	{UnlistedFile, Info, "a file lies among the targets and no role lists it", "never asks for it", "remove it, if nothing else needs it"},
}
