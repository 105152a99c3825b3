package finding

// Memory between runs: what the last verified state says of this one. Raised by internal/trust and by whoever keeps the memory.
const (
	Rollback              ID = "rollback"
	RoleRemoved           ID = "role-removed"
	NotForgotten          ID = "not-forgotten"
	SameVersionOtherBytes ID = "same-version-other-bytes"
	VersionJumped         ID = "version-jumped"
	ChangedSince          ID = "changed-since-last-run"
	MemoryDamaged         ID = "memory-damaged"
	MemoryUnavailable     ID = "memory-unavailable"
)

var memoryKinds = []Kind{
	{Rollback, Critical, "a version is lower than one that was verified before", "a client that has seen the later one refuses the role", "publish a version above the one named in the message; find out how the old file came back"},
	{RoleRemoved, Critical, "the snapshot no longer lists a role that it listed before", "a client that has seen the earlier snapshot refuses the new one", "list the role again; a role must never leave the snapshot"},
	{NotForgotten, Warning, "something went back after keys were replaced, and some clients do not forget what was before", "clients based on go-tuf and python-tuf refuse the role if they have seen the earlier state; those that follow the specification accept it", "replace the keys of timestamp and of snapshot both, or publish versions above those named in the message"},
	{SameVersionOtherBytes, Warning, "a file has other bytes than before under the same version", "keeps the one that it has, or takes the new one, by chance", "give every change a new version"},
	{VersionJumped, Info, "a version is far above the one that was verified before", "accepts it", "nothing, if it was meant: versions can never go back below it"},
	{ChangedSince, Info, "the repository has changed since the last run", "follows the change", "nothing, if the change was meant"},
	{MemoryDamaged, Warning, "what was remembered of earlier runs cannot be used", "does not see this", "nothing, if the file named in the message may be lost: the next run of full success writes a new one; a rollback from before that cannot be seen"},
	{MemoryUnavailable, Warning, "what was remembered of earlier runs could not be read or written", "does not see this", "look at what the message names, or choose a folder with --state; without one, a rollback cannot be seen"},
}
