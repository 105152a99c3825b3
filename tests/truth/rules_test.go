package truth

func ruleTruths() []truth {
	return []truth{}
}
