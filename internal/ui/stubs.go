package ui

type (
	waterfall    struct{}
	logView      struct{}
	hostsView    struct{}
	findingsView struct{}
)

func (*waterfall) act(*model, action)              {}
func (*waterfall) draw(*model, int)                {}
func (*waterfall) footer(*model, action) string    { return "" }
func (*logView) act(*model, action)                {}
func (*logView) draw(*model, int)                  {}
func (*logView) footer(*model, action) string      { return "" }
func (*hostsView) act(*model, action)              {}
func (*hostsView) draw(*model, int)                {}
func (*hostsView) footer(*model, action) string    { return "" }
func (*findingsView) act(*model, action)           {}
func (*findingsView) draw(*model, int)             {}
func (*findingsView) footer(*model, action) string { return "" }
