package finding

var aboutMemory = map[ID]about{
	Rollback:              {"5.4.3, 5.5.5", "An earlier run verified a higher version of this role than the one that is served now. Clients that have seen the later one refuse this one. A restore from a backup, a deployment of an old state, or a cache that came back does this; so does somebody who wants clients to use an old state. Never lower a version: publish a higher one with the content that is meant."},
	RoleRemoved:           {"5.5.5", "The snapshot that was verified before listed this role, and the present one does not. Clients that have seen the earlier one refuse the new snapshot, so it stops all of them. A delegation may be taken away; its line in the snapshot must stay."},
	SameVersionOtherBytes: {"5.5.2, 5.6.2", "The file has the same version as when it was last verified, and other bytes. It was signed again, or formatted, without a new version. Clients that have it keep the old one, and others get the new one, so two clients differ with no error at either. If the content differs too, and not only the signatures, take it seriously."},
	VersionJumped:         {"5.3.11", "The version grew by far more than the time since the last run explains. Versions can never go down again, so a very high one uses up what is left. A tool that takes the time or a build number as version does this, and then it was meant."},
	ChangedSince:          {"", "Something is different from what was remembered of the last run: versions, keys, thresholds or targets. It says what; whether that was meant is for people to know."},
	MemoryDamaged:         {"5.4.3", "The inspector keeps what it verified last, so that it can see a version going down. That file is there and cannot be used: it is cut, it has been changed, or another version of this program wrote it. This run begins without it, and what went down before this run is not seen."},
	MemoryUnavailable:     {"5.4.3", "The folder in which the inspector remembers earlier runs could not be read or written. The run itself is not affected. A rollback from before it is not seen, and the next run will not know of this one. Permissions and a full disk are the usual reasons."},
}
