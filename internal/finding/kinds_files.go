package finding

// Metadata files: how they hang together, and how they are written. Raised by internal/trust, some found by internal/lint.
const (
	RootGap           ID = "root-gap"
	OlderRootsMissing ID = "older-roots-missing"
	RootEndStatus     ID = "root-end-status"
	NotInSnapshot     ID = "not-in-snapshot"
	UndelegatedRole   ID = "undelegated-role"
	OverClientLimit   ID = "over-client-limit"
	NearClientLimit   ID = "near-client-limit"
	RootLimit         ID = "root-limit"
	MetaWithoutHashes ID = "meta-without-hashes"
	NoSHA256          ID = "no-sha256"
	ExpiresForm       ID = "expires-form"
	DuplicateJSONKeys ID = "duplicate-json-keys"
	ByteOrderMark     ID = "byte-order-mark"
	TrailingData      ID = "trailing-data"
	SpecVersion       ID = "spec-version"
)

var filesKinds = []Kind{
	{RootGap, Warning, "a root version is missing between others", "a client that ships an older root cannot reach the current one", "publish the missing version again"},
	{OlderRootsMissing, Info, "the first versions of the root are not there any more", "a client that ships one of them cannot reach the current one", "publish all versions of the root, from the first"},
	{RootEndStatus, Info, "the end of the root chain is answered with something else than 404", "go-tuf's client treats 403 as an error; others accept it", "let the server answer 404 for files that do not exist"},
	{NotInSnapshot, Critical, "a delegated role is not listed in the snapshot", "stops with an error when a search reaches this role", "list the role in the snapshot, or take the delegation away"},
	{UndelegatedRole, Info, "the snapshot lists a role that nobody delegates to", "never asks for it", "nothing: it has to stay listed, because clients take a removal for a rollback"},
	{OverClientLimit, Warning, "the file is larger than common clients accept", "go-tuf's defaults refuse it", "make the file smaller, or list its length in the parent"},
	{NearClientLimit, Info, "the file is close to the largest that common clients accept", "accepts it; when it grows further, clients based on go-tuf refuse it", "make the file smaller, or list its length in the parent"},
	{RootLimit, Warning, "more versions of the root than some clients follow at once", "clients based on go-tuf and python-tuf take 256 roots at a time, older ones 32, and go on with an old one", "ship a newer root with the clients"},
	{MetaWithoutHashes, Info, "the parent lists no hashes of the file", "accepts any bytes that are signed and have the version", "list length and hashes in snapshot and timestamp"},
	{NoSHA256, Warning, "a hash is listed, and none of them is sha256", "clients based on tough need sha256 and refuse the file", "list sha256 too"},
	{ExpiresForm, Warning, "the expiry is not written in the form of the specification", "clients that read the form strictly refuse the file, python-tuf among them", "write it as 2026-01-31T12:00:00Z"},
	{DuplicateJSONKeys, Warning, "an object of the file has the same name twice", "takes one of the two, and not every client the same", "write every name once; look at what makes the file"},
	{ByteOrderMark, Critical, "the file begins with a byte order mark", "clients based on go-tuf refuse it; some others skip the mark", "write the file as UTF-8 without a mark"},
	{TrailingData, Critical, "something follows the end of the metadata in the file", "refuses the file", "publish the file that was signed; look for something that appends"},
	{SpecVersion, Warning, "the file states a version of the specification that is not 1.x", "clients that check it refuse the file, python-tuf among them; go-tuf does not look", "state the version of the specification that is followed, 1.0.x"},
}
