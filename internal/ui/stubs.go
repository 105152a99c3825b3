package ui

type (
	trustView    struct{}
	hostsView    struct{}
	findingsView struct{}
)

func (*trustView) act(*model, action)              {}
func (*trustView) draw(*model, int)                {}
func (*trustView) footer(*model, action) string    { return "" }
func (*hostsView) act(*model, action)              {}
func (*hostsView) draw(*model, int)                {}
func (*hostsView) footer(*model, action) string    { return "" }
func (*findingsView) act(*model, action)           {}
func (*findingsView) draw(*model, int)             {}
func (*findingsView) footer(*model, action) string { return "" }
