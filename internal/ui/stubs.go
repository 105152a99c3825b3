package ui

type trustView struct{}

func (*trustView) act(*model, action)           {}
func (*trustView) draw(*model, int)             {}
func (*trustView) footer(*model, action) string { return "" }
