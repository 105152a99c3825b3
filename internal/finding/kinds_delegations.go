package finding

// Delegations. Raised by internal/trust and internal/engine, some found by internal/lint.
const (
	HashPrefixClients   ID = "gotuf-hash-prefix"
	UnreachableTarget   ID = "unreachable-target"
	ShadowedTarget      ID = "shadowed-target"
	DelegationLimit     ID = "delegation-limit"
	Diamond             ID = "diamond"
	DelegationCycle     ID = "delegation-cycle"
	ReservedRoleName    ID = "reserved-role-name"
	DuplicateRoleName   ID = "duplicate-role-name"
	OverlappingPatterns ID = "overlapping-patterns"
	NoPaths             ID = "no-paths"
	PathsAndPrefixes    ID = "paths-and-prefixes"
	PatternCrossesSlash ID = "pattern-crosses-slash"
	HashPrefixOverlap   ID = "hash-prefix-overlap"
	HashPrefixGap       ID = "hash-prefix-gap"
	BinMissing          ID = "bin-missing"
)

var delegationsKinds = []Kind{
	{HashPrefixClients, Warning, "clients based on go-tuf 2.4.2 and older cannot find targets behind path_hash_prefixes", "go-tuf compares the prefixes wrongly and says that the target is not found", "use succinct roles or paths, or make sure that no client is based on it"},
	{UnreachableTarget, Warning, "no search through the delegations finds this target", "says that the target is not found", "delegate the path to the role that lists it"},
	{ShadowedTarget, Warning, "an earlier role lists the same path with other content", "gets the file that the earlier role lists", "list the path in one role only"},
	{DelegationLimit, Warning, "a search gets to this target only after more roles than clients visit", "clients based on go-tuf and python-tuf stop after targets and 32 more roles, and say that the target is not found", "delegate with fewer roles on the way, or with succinct roles"},
	{Diamond, Info, "several roles delegate to this one", "verifies it under the first that its search meets; go-tuf keeps that verdict for the others", "nothing, as long as all of them list the same keys"},
	{DelegationCycle, Info, "a chain of delegations comes back to a role of its own", "visits each role once", "take one of the delegations out"},
	{ReservedRoleName, Warning, "a delegated role is named like a top-level one", "mixes it up with the top-level role, or refuses it", "give the role another name"},
	{DuplicateRoleName, Warning, "a role is delegated to twice by the same role", "takes the first, or refuses the file", "merge the two delegations"},
	{OverlappingPatterns, Info, "two delegations of a role cover the same target", "asks the one that comes first; a terminating one hides the other", "make the patterns of the two roles differ, unless the order is meant"},
	{NoPaths, Warning, "a delegation with neither paths nor hash prefixes", "never searches the role; python-tuf refuses the file where neither list is there", "state paths, or take the delegation out"},
	{PathsAndPrefixes, Warning, "a delegation with both paths and hash prefixes", "refuses the file, if it is based on go-tuf or python-tuf; others read one of the two", "state one of the two"},
	{PatternCrossesSlash, Warning, "a pattern that covers a listed target only where * crosses a slash", "clients based on tough find the target; others do not", "write the pattern with as many slashes as the paths have"},
	{HashPrefixOverlap, Warning, "hash prefixes of two delegations overlap", "asks the one that comes first", "give each prefix to one role"},
	{HashPrefixGap, Info, "the hash prefixes of a role do not cover all paths", "says of some paths that there is no such target, without a search", "delegate the missing prefixes"},
	{BinMissing, Warning, "succinct roles are missing in the snapshot", "stops with an error when a search comes to a bin that is missing", "publish every bin, also the empty ones"},
}
