package ui

type (
	waterfall    struct{}
	logView      struct{}
	trustView    struct{}
	findingsView struct{}
)

func (*waterfall) act(*model, action)              {}
func (*waterfall) draw(*model, int)                {}
func (*waterfall) footer(*model, action) string    { return "" }
func (*logView) act(*model, action)                {}
func (*logView) draw(*model, int)                  {}
func (*logView) footer(*model, action) string      { return "" }
func (*trustView) act(*model, action)              {}
func (*trustView) draw(*model, int)                {}
func (*trustView) footer(*model, action) string    { return "" }
func (*findingsView) act(*model, action)           {}
func (*findingsView) draw(*model, int)             {}
func (*findingsView) footer(*model, action) string { return "" }
