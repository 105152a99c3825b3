package finding

// Trust: who signed what, and whether a client would take it. Raised by internal/trust.
const (
	FirstUse          ID = "first-use"
	RootUnusable      ID = "root-unusable"
	RootPassedOver    ID = "root-passed-over"
	OldRootUnreadable ID = "old-root-unreadable"
	OldRootStranded   ID = "old-root-stranded"
	BadSignatures     ID = "bad-signatures"
	InvalidSignature  ID = "invalid-signature"
	VersionMismatch   ID = "version-mismatch"
	MetadataHash      ID = "metadata-hash"
	Unparsable        ID = "unparsable"
	VerifierCrashed   ID = "verifier-crashed"
	RoleRefused       ID = "role-refused"
	UntrustedRole     ID = "untrusted-role"
	RoleUndecided     ID = "role-undecided"
	WalkLimit         ID = "walk-limit"
	Reencoding        ID = "reencoding"
	VerdictDiffers    ID = "verdict-differs"
)

var trustKinds = []Kind{
	{FirstUse, Warning, "the trusted root came from the repository itself", "a client that ships a root of its own may be told something else", "pin the root: pass --root with --root-sha256, from a channel that the repository does not control"},
	{RootUnusable, Critical, "no root can be used as the trusted root", "cannot start", "pass the root that your clients ship with --root"},
	{RootPassedOver, Info, "an older root could not be used as the first one", "a client that ships this root cannot start", "nothing, unless clients still ship this root"},
	{OldRootUnreadable, Warning, "an older root cannot be read", "a client based on go-tuf that ships this root cannot start", "make sure that no client still ships this root"},
	{OldRootStranded, Warning, "an older root does not lead to the current one", "a client based on go-tuf that ships one of the roots that the message names does not get past it", "make sure that no client still ships these roots; publish the version behind them as it was first published, if it was changed"},
	{BadSignatures, Critical, "not signed by enough keys of its role", "refuses the role and everything below it", "sign it with the keys that its delegator lists, or publish the delegator that lists the new keys"},
	{InvalidSignature, Warning, "a signature does not verify, and enough others do", "accepts the role", "find out who made the signature; sign again with that key"},
	{VersionMismatch, Critical, "the version is not the one that was announced", "refuses the role and everything below it", "publish the files of one state together, timestamp last"},
	{MetadataHash, Critical, "length or hash differ from the one that was announced", "refuses the role and everything below it", "publish the files of one state together, timestamp last; look for a stale cache"},
	{Unparsable, Critical, "the file is not readable TUF metadata", "refuses the role and everything below it", "look at what the server sends under this address"},
	{VerifierCrashed, Critical, "go-tuf's verifier crashed on this file", "a client based on go-tuf crashes or refuses the role", "look at the file: nulls and cut-off keys are the usual reasons"},
	{RoleRefused, Critical, "the role was refused", "refuses the role and everything below it", "see the message for the reason"},
	{UntrustedRole, Critical, "the file matches, but the role that lists it was refused", "does not get as far as this file", "mend the role that the message names; if it has expired, sign and publish a new version of it"},
	{RoleUndecided, Unknown, "the file matches, and a role that decides about it could not be fetched", "depends on that role", "see why the role named in the message could not be fetched; retry when it can be"},
	{WalkLimit, Unknown, "the repository is larger than the inspector's limits", "depends on the client's own limits", "inspect parts of the repository on their own"},
	{Reencoding, Critical, "it is signed correctly, and go-tuf refuses it, because it verifies what it writes itself", "clients based on go-tuf refuse the role; those that verify the bytes as received accept it", "write the named field in the form that the message gives, and sign again"},
	{VerdictDiffers, Unknown, "the inspector and go-tuf's own client come to different verdicts", "depends on which of the two is right", "report it with the metadata; treat the repository as not verified until it is explained"},
}
