package finding

// Keys and signatures. Raised by internal/trust, most of them found by internal/lint.
const (
	UnreadableKey        ID = "unreadable-key"
	KeyNotListed         ID = "key-not-listed"
	ThresholdUnreachable ID = "threshold-unreachable"
	ThresholdOne         ID = "threshold-one"
	NoSpareKey           ID = "no-spare-key"
	ExactlyThreshold     ID = "exactly-threshold"
	NotSigned            ID = "not-signed"
	SharedKey            ID = "shared-key"
	OnlineKeyOffline     ID = "online-key-offline"
	DuplicateKey         ID = "duplicate-key"
	UnusedKey            ID = "unused-key"
	KeyIDMismatch        ID = "keyid-mismatch"
	WeakKey              ID = "weak-key"
	KeyIDHashAlgorithms  ID = "keyid-hash-algorithms"
	KeysChanged          ID = "keys-changed"
)

var keysKinds = []Kind{
	{UnreadableKey, Critical, "a key of the role cannot be read, so go-tuf refuses the role", "clients based on go-tuf refuse the role; python-tuf refuses the file that lists a key of a type that it does not know, and passes over others", "replace the key by one in a form that the specification names"},
	{KeyNotListed, Critical, "the delegator names a key for the role and does not list it", "clients based on go-tuf refuse the role; others ignore the key", "list the key, or take its id out of the role"},
	{ThresholdUnreachable, Critical, "the threshold is higher than the number of keys", "refuses the role, whoever signs it", "lower the threshold, or list more keys"},
	{ThresholdOne, Info, "one key alone can sign the role", "accepts what that key signs, whoever holds it", "raise the threshold to two or more, with keys that are kept apart"},
	{NoSpareKey, Info, "every key of the role is needed to reach the threshold", "accepts the role; when one key is lost, no new version can be signed", "add a key, so that one can be lost"},
	{ExactlyThreshold, Info, "signed by exactly as many keys as are required, and not by all", "accepts the role", "nothing at once; have the keys that are named in the message sign too, so that one bad signature does no harm"},
	{NotSigned, Info, "a listed key has not signed", "accepts the role", "nothing at once; find out whether the key is still at hand"},
	{SharedKey, Info, "one key stands for several top-level roles", "accepts it", "use keys of their own, so that the loss of one does not reach the other role"},
	{OnlineKeyOffline, Warning, "an online key counts for the root or the targets", "accepts it; whoever breaks into the service that signs has that key", "replace the key there by one that is kept offline"},
	{DuplicateKey, Warning, "one public key is listed under several ids", "go-tuf counts it once; some clients count it once for each id, against the specification, python-tuf among them", "list the key once"},
	{UnusedKey, Info, "a key is listed and no role uses it", "ignores it", "take the key out"},
	{KeyIDMismatch, Warning, "the key id is not the digest of the key with all its fields", "many versions of tough refuse the file; others accept any id", "list the key under the SHA-256 of its canonical form, with all fields that it has"},
	{WeakKey, Warning, "an RSA key is shorter than 2048 bits", "accepts it, or refuses the key, depending on its library", "replace the key by one of at least 2048 bits, or by Ed25519"},
	{KeyIDHashAlgorithms, Info, "a key states keyid_hash_algorithms, which the specification has dropped", "ignores it, save that it is part of what the key id is the digest of", "leave the field out of new keys"},
	{KeysChanged, Info, "keys or thresholds changed since the root before", "follows the change, if enough keys of both roots have signed", "nothing, if the change was meant"},
}
