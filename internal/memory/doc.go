// Package memory keeps between runs what the last run of full success has left of a
// repository, so that the next one is as strict as a client that has seen that state.
//
// Each repository has a folder of its own, named by a digest of its address, in which
// lie
//
//	memory          what is remembered, in the form of [encode]
//	memory.damaged  one that could not be used and was replaced
//	repository.txt  the address, for people
//	lock            held while the others are read or written
//
// All of it is for the owner alone. A file is replaced as a whole: whoever is killed
// while writing leaves the old one. What cannot be read is an error and never a
// panic, and the run goes on without it.
package memory
