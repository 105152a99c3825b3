package truth

func targetTruths() []truth {
	return []truth{}
}
