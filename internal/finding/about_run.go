package finding

var aboutRun = map[ID]about{
	LocalLimit:      {"", "This machine did not allow what the run needed: no more open files, no free ports, no memory. It says nothing of the repository. Raise the limit or use fewer workers, and run again."},
	Cancelled:       {"", "Somebody, or a signal, ended the work at this item before it was known whether it is good. Nothing is said about it. On the screen it can be retried."},
	DeadlineReached: {"", "The whole run had a time limit, --deadline, and it was over before this item was decided. If it happens every time, give it more, or find out what takes so long: the list of hosts shows where the time went."},
	InspectorFault:  {"", "This program failed at this item, by a crash that was caught or a step that did not end. It says nothing of the repository, and the item is not decided. The text that was printed is what a report needs."},
}
