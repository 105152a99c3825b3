package finding

// The run itself, and the machine that it runs on. Raised by internal/engine.
const (
	LocalLimit      ID = "local-limit"
	Cancelled       ID = "cancelled"
	DeadlineReached ID = "deadline"
	InspectorFault  ID = "inspector-fault"
)

var runKinds = []Kind{
	{LocalLimit, Unknown, "a limit of the inspector's own machine was reached", "does not see this", "allow more open files (ulimit -n) or ports here, or use fewer workers"},
	{Cancelled, Unknown, "cancelled before it was decided", "does not see this", "retry it"},
	{DeadlineReached, Unknown, "the run's deadline came before it was decided", "does not see this", "give the run more time with --deadline"},
	{InspectorFault, Unknown, "the inspector itself failed here", "does not see this", "report it with the text that was printed"},
}
