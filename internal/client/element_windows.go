package client

import (
	"fmt"
	"path/filepath"
	"strings"
)

// free changes a quoted name that Windows takes for something else, a device (CON) or a
// name without the dot at its end, into one that no other name has.
func free(name string) string {
	if last, ok := strings.CutSuffix(name, "."); ok {
		name = last + "%2E"
	}
	if name != "" && !filepath.IsLocal(name) {
		name = fmt.Sprintf("%%%02X", name[0]) + name[1:]
	}
	return name
}
