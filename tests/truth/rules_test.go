package truth

import (
	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
)

func ruleTruths() []truth {
	return []truth{
		{
			name: "a target is listed with a length below zero",
			spec: func(s *demo.Spec) {
				s.Tamper = demo.OnRole("team", func(signed map[string]any) { demo.Sub(signed, "targets", "team/b.txt")["length"] = -1 })
			},
			says:     []string{"wrong-length team/b.txt"},
			verified: []string{"a.txt"},
			verdict:  engine.Broken,
		},
	}
}
