package ui

type (
	waterfall struct{}
	logView   struct{}
	trustView struct{}
)

func (*waterfall) act(*model, action)           {}
func (*waterfall) draw(*model, int)             {}
func (*waterfall) footer(*model, action) string { return "" }
func (*logView) act(*model, action)             {}
func (*logView) draw(*model, int)               {}
func (*logView) footer(*model, action) string   { return "" }
func (*trustView) act(*model, action)           {}
func (*trustView) draw(*model, int)             {}
func (*trustView) footer(*model, action) string { return "" }
