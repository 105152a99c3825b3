package truth

func delegationTruths() []truth {
	return []truth{}
}
