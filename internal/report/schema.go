package report

import (
	_ "embed" // for the schema
)

//go:embed schema/report.schema.json
var schema string

// Schema gives the JSON Schema (draft 2020-12) of the JSON report.
func Schema() []byte { return []byte(schema) }
