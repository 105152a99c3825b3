package word_test

import (
	"strings"
	"testing"

	"example.com/tufinspect/internal/word"
)

type colour uint8

func TestRead(t *testing.T) {
	words := []string{"red", "green", ""}
	for i, w := range words {
		var c colour
		if err := word.Read(&c, words, "colour", []byte(w)); err != nil || int(c) != i {
			t.Errorf("%q: %d, %v", w, c, err)
		}
	}
	c := colour(1)
	err := word.Read(&c, words, "colour", []byte("blue"))
	if err == nil || !strings.Contains(err.Error(), `"blue" is no colour`) || !strings.Contains(err.Error(), "green") {
		t.Errorf("the error does not say what is wrong and what would be right: %v", err)
	}
	if c != 1 {
		t.Error("a word that means nothing changed the value")
	}
}
