package journal

import (
	"encoding/json"
	"fmt"

	"example.com/tufinspect/internal/engine"
)

// commandDone is engine.CommandDone as it is written: with the word of the command.
type commandDone struct {
	Command  string          `json:"command"`
	With     json.RawMessage `json:"with"` // what the command says besides
	Accepted int             `json:"accepted,omitzero"`
	Skipped  int             `json:"skipped,omitzero"`
	Reason   string          `json:"reason,omitzero"`
	Err      string          `json:"error,omitzero"`
}

func writeDone(b engine.CommandDone) commandDone {
	kind := commandWord(b.Command)
	with, err := json.Marshal(b.Command)
	if err != nil { // there are only numbers and names in commands
		with = []byte("{}")
	}
	return commandDone{kind, with, b.Accepted, b.Skipped, b.Reason, b.Err}
}

func readDone(data []byte) (engine.Body, error) {
	var in commandDone
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	read, ok := commands[in.Command]
	if !ok {
		return nil, fmt.Errorf("command %q is not known", in.Command)
	}
	c, err := read(in.With)
	if err != nil {
		return nil, fmt.Errorf("command %s: %w", in.Command, err)
	}
	return engine.CommandDone{Command: c, Accepted: in.Accepted, Skipped: in.Skipped, Reason: in.Reason, Err: in.Err}, nil
}

func commandWord(c engine.Command) string {
	switch c.(type) {
	case engine.Cancel:
		return "cancel"
	case engine.CancelAll:
		return "cancel-all"
	case engine.Retry:
		return "retry"
	case engine.RetryFailed:
		return "retry-failed"
	case engine.Pause:
		return "pause"
	case engine.Resume:
		return "resume"
	case engine.SetWorkers:
		return "set-workers"
	case engine.SetStallAfter:
		return "set-stall-after"
	case engine.Prioritise:
		return "prioritise"
	case engine.Probe:
		return "probe"
	case engine.ReadRole:
		return "read-role"
	case engine.ClockJumped:
		return "clock-jumped"
	case engine.Stop:
		return "stop"
	}
	return ""
}

// commands read what was written of commands, by their words.
var commands = map[string]func([]byte) (engine.Command, error){
	"cancel":          readCommand[engine.Cancel],
	"cancel-all":      readCommand[engine.CancelAll],
	"retry":           readCommand[engine.Retry],
	"retry-failed":    readCommand[engine.RetryFailed],
	"pause":           readCommand[engine.Pause],
	"resume":          readCommand[engine.Resume],
	"set-workers":     readCommand[engine.SetWorkers],
	"set-stall-after": readCommand[engine.SetStallAfter],
	"prioritise":      readCommand[engine.Prioritise],
	"probe":           readCommand[engine.Probe],
	"read-role":       readCommand[engine.ReadRole],
	"clock-jumped":    readCommand[engine.ClockJumped],
	"stop":            readCommand[engine.Stop],
}

func readCommand[T engine.Command](data []byte) (engine.Command, error) {
	var c T
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	return c, nil
}
