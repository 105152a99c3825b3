//go:build !unix

package term

func playPart(string) {}
