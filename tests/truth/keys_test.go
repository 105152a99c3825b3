package truth

func keyTruths() []truth {
	return []truth{}
}
