package finding_test

import (
	"regexp"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

func TestEveryKindIsExplainedInAFewSentences(t *testing.T) {
	end := regexp.MustCompile(`[.?!](\s|$)`)
	rule := regexp.MustCompile(`^(TUF specification 1\.0\.34, sections? [1-6](\.\d+)*(, [1-6](\.\d+)*)*(: [a-z ]+)?|TAP \d+|tuf-on-ci: .*)?$`)
	seen := map[string]finding.ID{}
	for _, k := range finding.All() {
		text := k.About()
		n := len(end.FindAllString(strings.NewReplacer("i.e.", "", "e.g.", "").Replace(text), -1))
		switch {
		case n < 2 || n > 6:
			t.Errorf("%s is explained in %d sentences, not two to six: %q", k.ID, n, text)
		case len(text) > 700:
			t.Errorf("%s is explained in %d letters: nobody reads that", k.ID, len(text))
		case strings.TrimSpace(text) != text || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "  ") || strings.HasSuffix(text, "..") || !strings.HasSuffix(text, "."):
			t.Errorf("%s: loose white space, or no full stop at the end: %q", k.ID, text)
		case seen[text] != "":
			t.Errorf("%s and %s have the same explanation", k.ID, seen[text])
		}
		seen[text] = k.ID
		if !rule.MatchString(k.Rule()) {
			t.Errorf("%s: %q is no rule", k.ID, k.Rule())
		}
		lower := strings.ToLower(text)
		for _, word := range []string{"attack", "malicious"} {
			if strings.Contains(lower, word) {
				t.Errorf("%s: the explanation says %q; it may name causes, and no motives", k.ID, word)
			}
		}
	}
}

func TestAnExplanationOfNothingIsEmpty(t *testing.T) {
	k := finding.Kind{ID: "no-such-kind"}
	if k.About() != "" || k.Rule() != "" {
		t.Errorf("%q, %q", k.About(), k.Rule())
	}
}

func TestEverySeverityHasAMeaning(t *testing.T) {
	for _, s := range []finding.Severity{finding.Info, finding.Warning, finding.Unknown, finding.Critical} {
		if m := s.Means(); m == "" || m == s.String() {
			t.Errorf("%s means %q", s, m)
		}
	}
	if got := finding.Severity(9).Means(); got != "severity(9)" {
		t.Errorf("an unknown severity means %q", got)
	}
}
