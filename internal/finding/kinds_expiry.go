package finding

// Expiry and signing. Raised by internal/trust.
const (
	Expired            ID = "expired"
	ExpiresSoon        ID = "expires-soon"
	SigningOverdue     ID = "signing-overdue"
	ValidTooLong       ID = "valid-too-long"
	TimestampLongLived ID = "timestamp-long-lived"
	DelegationOutlived ID = "delegation-outlived"
)

var expiryKinds = []Kind{
	{Expired, Critical, "the role has expired", "refuses the role and everything below it", "sign and publish a new version of the role"},
	{ExpiresSoon, Warning, "the role expires soon", "accepts it until then, and nothing from then on", "sign and publish a new version before the date"},
	{SigningOverdue, Warning, "the signing period that the repository states has begun, and the role has not been signed anew", "accepts it until it expires", "sign and publish a new version of the role: the repository itself says that it is time"},
	{ValidTooLong, Info, "valid for longer than the expiry period that the repository states", "accepts it", "sign it again with an expiry within the stated period"},
	{TimestampLongLived, Info, "the timestamp is valid for more than seven days from now", "can be kept on an old state for so long by whoever is between it and the server", "sign the timestamp more often, with a shorter validity"},
	{DelegationOutlived, Info, "a delegated role ends before the role that delegates to it", "refuses the delegated role from then on", "sign the delegated role in time, or give it a longer validity"},
}
