package journal

import (
	_ "embed" // for the schema
)

//go:embed schema/journal.schema.json
var schema string

// Schema gives the JSON Schema (draft 2020-12) of a line of a recording.
func Schema() []byte { return []byte(schema) }
