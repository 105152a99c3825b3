package truth

func formTruths() []truth {
	return []truth{}
}
