package finding

// The kinds of findings that exist so far. A kind is added here, raised in
// exactly one room, and covered by a test there.
const (
	// Trust: raised by internal/trust.
	Expired           ID = "expired"
	ExpiresSoon       ID = "expires-soon"
	FirstUse          ID = "first-use"
	RootPassedOver    ID = "root-passed-over"
	RootUnusable      ID = "root-unusable"
	RootGap           ID = "root-gap"
	RootEndStatus     ID = "root-end-status"
	OldRootUnreadable ID = "old-root-unreadable"
	BadSignatures     ID = "bad-signatures"
	InvalidSignature  ID = "invalid-signature"
	VersionMismatch   ID = "version-mismatch"
	MetadataHash      ID = "metadata-hash"
	Unparsable        ID = "unparsable"
	UnreadableKey     ID = "unreadable-key"
	VerifierCrashed   ID = "verifier-crashed"
	RoleRefused       ID = "role-refused"
	NotInSnapshot     ID = "not-in-snapshot"
	UndelegatedRole   ID = "undelegated-role"
	OverClientLimit   ID = "over-client-limit"
	WalkLimit         ID = "walk-limit"
	HashPrefixClients ID = "gotuf-hash-prefix"
	UnknownHash       ID = "unknown-hash"
	UntrustedRole     ID = "untrusted-role"
	RoleUndecided     ID = "role-undecided"
	UnreachableTarget ID = "unreachable-target"
	ShadowedTarget    ID = "shadowed-target"

	// Files: how the fetch of a metadata or target file ended. Raised by
	// internal/fetch and internal/engine.
	Missing         ID = "missing"
	Forbidden       ID = "forbidden"
	ServerError     ID = "server-error"
	Unreachable     ID = "unreachable"
	Stalled         ID = "stalled"
	HostSilent      ID = "host-silent"
	Incomplete      ID = "incomplete"
	WrongLength     ID = "wrong-length"
	WrongHash       ID = "wrong-hash"
	TooLarge        ID = "too-large"
	UnsafeName      ID = "unsafe-name"
	UnsafeFile      ID = "unsafe-file"
	UnsafeRedirect  ID = "unsafe-redirect"
	ReadError       ID = "read-error"
	LocalLimit      ID = "local-limit"
	Cancelled       ID = "cancelled"
	DeadlineReached ID = "deadline"
	InspectorFault  ID = "inspector-fault"
)

var catalogue = []Kind{
	{Expired, Critical, "the role has expired", "refuses the role and everything below it", "sign and publish a new version of the role"},
	{ExpiresSoon, Warning, "the role expires soon", "accepts it until then, and nothing from then on", "sign and publish a new version before the date"},
	{FirstUse, Warning, "the trusted root came from the repository itself", "a client that ships a root of its own may be told something else", "pin the root: pass --root with --root-sha256, from a channel that the repository does not control"},
	{RootPassedOver, Info, "an older root could not be used as the first one", "a client that ships this root cannot start", "nothing, unless clients still ship this root"},
	{RootUnusable, Critical, "no root can be used as the trusted root", "cannot start", "pass the root that your clients ship with --root"},
	{RootGap, Warning, "a root version is missing between others", "a client that ships an older root cannot reach the current one", "publish the missing version again"},
	{RootEndStatus, Info, "the end of the root chain is answered with something else than 404", "go-tuf's client treats 403 as an error; others accept it", "let the server answer 404 for files that do not exist"},
	{OldRootUnreadable, Warning, "an older root cannot be read", "a client based on go-tuf that ships this root cannot start", "make sure that no client still ships this root"},
	{BadSignatures, Critical, "not signed by enough keys of its role", "refuses the role and everything below it", "sign it with the keys that its delegator lists, or publish the delegator that lists the new keys"},
	{InvalidSignature, Warning, "a signature does not verify, and enough others do", "accepts the role", "find out who made the signature; sign again with that key"},
	{VersionMismatch, Critical, "the version is not the one that was announced", "refuses the role and everything below it", "publish the files of one state together, timestamp last"},
	{MetadataHash, Critical, "length or hash differ from the one that was announced", "refuses the role and everything below it", "publish the files of one state together, timestamp last; look for a stale cache"},
	{Unparsable, Critical, "the file is not readable TUF metadata", "refuses the role and everything below it", "look at what the server sends under this address"},
	{UnreadableKey, Critical, "a key of the role cannot be read, so go-tuf refuses the role", "clients based on go-tuf refuse the role; others may accept it", "replace the key by one in a form that the specification names"},
	{VerifierCrashed, Critical, "go-tuf's verifier crashed on this file", "a client based on go-tuf crashes or refuses the role", "look at the file: nulls and cut-off keys are the usual reasons"},
	{RoleRefused, Critical, "the role was refused", "refuses the role and everything below it", "see the message for the reason"},
	{NotInSnapshot, Critical, "a delegated role is not listed in the snapshot", "stops with an error when a search reaches this role", "list the role in the snapshot, or take the delegation away"},
	{UndelegatedRole, Info, "the snapshot lists a role that nobody delegates to", "never asks for it", "nothing: it has to stay listed, because clients take a removal for a rollback"},
	{OverClientLimit, Warning, "the file is larger than common clients accept", "go-tuf's defaults refuse it", "make the file smaller, or list its length in the parent"},
	{WalkLimit, Unknown, "the repository is larger than the inspector's limits", "depends on the client's own limits", "inspect parts of the repository on their own"},
	{HashPrefixClients, Warning, "clients based on go-tuf 2.4.2 and older cannot find targets behind path_hash_prefixes", "go-tuf compares the prefixes wrongly and says that the target is not found", "use succinct roles or paths, or make sure that no client is based on it"},
	{UnknownHash, Critical, "the target is listed without a hash that clients know", "refuses the target", "list sha256 or sha512"},
	{UntrustedRole, Critical, "the file matches, but the role that lists it was refused", "does not get as far as this file", "mend the role named in the message"},
	{RoleUndecided, Unknown, "the file matches, and a role that decides about it could not be fetched", "depends on that role", "see why the role named in the message could not be fetched; retry when it can be"},
	{UnreachableTarget, Warning, "no search through the delegations finds this target", "says that the target is not found", "delegate the path to the role that lists it"},
	{ShadowedTarget, Warning, "an earlier role lists the same path with other content", "gets the file that the earlier role lists", "list the path in one role only"},

	{Missing, Critical, "a listed file is not there", "fails with not found", "publish the file"},
	{Forbidden, Unknown, "the server refuses access", "fails, unless it has access", "pass credentials, or open the file to the public"},
	{ServerError, Unknown, "the server answered with an error", "fails, or tries again", "look at the server; retry when it has recovered"},
	{Unreachable, Unknown, "the network connection failed", "fails, or tries again", "look at the network and the server; retry when they have recovered"},
	{Stalled, Unknown, "no byte came for as long as the stall limit", "waits, many for minutes, some for ever", "see the diagnosis: it says who is silent; retry when that has recovered"},
	{HostSilent, Unknown, "every attempt at the host stalled or failed, and the host was given up", "waits or fails, for every file of this host", "look at the host: tufinspect probe names the address or protocol that is sick; run again when it has recovered"},
	{Incomplete, Unknown, "the connection ended before the file was complete", "fails, or tries again", "retry; look at proxies and time-outs of the server"},
	{WrongLength, Critical, "the length differs from the signed one", "refuses the file", "publish the file that was signed; look for a stale cache"},
	{WrongHash, Critical, "the bytes are not the signed ones", "refuses the file", "publish the file that was signed; look for a stale cache"},
	{TooLarge, Critical, "the file is larger than any client reads", "refuses the file", "look at what the server sends under this address"},
	{UnsafeName, Critical, "the name leads outside the repository and was not fetched", "depends on the client; some write outside their folder", "take the name out of the metadata"},
	{UnsafeFile, Critical, "not a regular file inside the repository's folder", "depends on how the folder is served", "put the file itself there"},
	{UnsafeRedirect, Unknown, "a redirect that is not followed", "follows it, or fails", "serve the file at its own address"},
	{ReadError, Unknown, "the file could not be read", "does not see this", "look at the disk and the permissions"},
	{LocalLimit, Unknown, "a limit of the inspector's own machine was reached", "does not see this", "allow more open files (ulimit -n) or ports here, or use fewer workers"},
	{Cancelled, Unknown, "cancelled before it was decided", "does not see this", "retry it"},
	{DeadlineReached, Unknown, "the run's deadline came before it was decided", "does not see this", "give the run more time with --deadline"},
	{InspectorFault, Unknown, "the inspector itself failed here", "does not see this", "report it with the text that was printed"},
}

// All gives the catalogue in its order. The caller must not change it.
func All() []Kind { return catalogue }

// Lookup gives the kind with this id.
func Lookup(id ID) (Kind, bool) {
	for i := range catalogue {
		if catalogue[i].ID == id {
			return catalogue[i], true
		}
	}
	return Kind{}, false
}
