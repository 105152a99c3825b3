// Package arch has no code of its own: its tests keep the rules about which
// package may import which, and that a runtime library is linked in one major
// version only. A new package has to be given its arrows here first.
package arch
