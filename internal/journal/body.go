package journal

import (
	"encoding/json"

	"example.com/tufinspect/internal/engine"
)

// written gives the word of an event and what is written of it; "" for what is no part of
// a recording.
func written(b engine.Body) (kind string, data any) {
	switch b := b.(type) {
	case engine.RunStarted:
		return "run-started", b
	case engine.Noted:
		return "noted", b
	case engine.LayoutFound:
		return "layout-found", b
	case engine.AnchorChosen:
		return "anchor-chosen", b
	case engine.Compared:
		return "compared", b
	case engine.RoleChanged:
		return "role-changed", b
	case engine.ItemsFound:
		return "items-found", writeItems(b)
	case engine.ItemBound:
		return "item-bound", b
	case engine.StateChanged:
		return "state-changed", b
	case engine.Progress:
		return "progress", b
	case engine.PhasesEntered:
		return "phases-entered", b
	case engine.Responded:
		return "responded", b
	case engine.Redirected:
		return "redirected", b
	case engine.Diagnosed:
		return "diagnosed", b
	case engine.FindingRaised:
		return "finding-raised", b
	case engine.ClientsJudged:
		return "clients-judged", b
	case engine.ProbeBegan:
		return "probe-began", b
	case engine.Probed:
		return "probed", b
	case engine.ProbeEnded:
		return "probe-ended", b
	case engine.RoleRead:
		return "role-read", b
	case engine.HostChanged:
		return "host-changed", b
	case engine.BreakerChanged:
		return "breaker-changed", b
	case engine.QueueChanged:
		return "queue-changed", b
	case engine.CommandDone:
		return "command-done", writeDone(b)
	case engine.InspectorFault:
		return "inspector-fault", b
	case engine.InspectorStuck:
		return "inspector-stuck", b
	case engine.RunSettled:
		return "run-settled", b
	case engine.RunFinished:
		return "run-finished", b
	}
	return "", nil
}

// recorded tells whether an event is part of a recording: where the playing of one is
// is not.
func recorded(b engine.Body) bool {
	switch b.(type) {
	case engine.Rewound, engine.Played, engine.Marked:
		return false
	}
	return true
}

// readers read what written gives, by its word.
var readers = map[string]func([]byte) (engine.Body, error){
	"run-started":     read[engine.RunStarted],
	"noted":           read[engine.Noted],
	"layout-found":    read[engine.LayoutFound],
	"anchor-chosen":   read[engine.AnchorChosen],
	"compared":        read[engine.Compared],
	"role-changed":    read[engine.RoleChanged],
	"items-found":     readItems,
	"item-bound":      read[engine.ItemBound],
	"state-changed":   read[engine.StateChanged],
	"progress":        read[engine.Progress],
	"phases-entered":  read[engine.PhasesEntered],
	"responded":       read[engine.Responded],
	"redirected":      read[engine.Redirected],
	"diagnosed":       read[engine.Diagnosed],
	"finding-raised":  read[engine.FindingRaised],
	"clients-judged":  read[engine.ClientsJudged],
	"probe-began":     read[engine.ProbeBegan],
	"probed":          read[engine.Probed],
	"probe-ended":     read[engine.ProbeEnded],
	"role-read":       read[engine.RoleRead],
	"host-changed":    read[engine.HostChanged],
	"breaker-changed": read[engine.BreakerChanged],
	"queue-changed":   read[engine.QueueChanged],
	"command-done":    readDone,
	"inspector-fault": read[engine.InspectorFault],
	"inspector-stuck": read[engine.InspectorStuck],
	"run-settled":     read[engine.RunSettled],
	"run-finished":    read[engine.RunFinished],
}

func read[T engine.Body](data []byte) (engine.Body, error) {
	var b T
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, err
	}
	return b, nil
}
