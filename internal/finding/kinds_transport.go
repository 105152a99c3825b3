package finding

// Transport: the way from the server. Raised by internal/fetch and internal/engine.
const (
	ServerError          ID = "server-error"
	Unreachable          ID = "unreachable"
	Stalled              ID = "stalled"
	HostSilent           ID = "host-silent"
	Incomplete           ID = "incomplete"
	UnsafeRedirect       ID = "unsafe-redirect"
	ReadError            ID = "read-error"
	PlainHTTP            ID = "plain-http"
	TimestampCached      ID = "timestamp-cached"
	ContentEncoding      ID = "content-encoding"
	ContentLengthMissing ID = "content-length-missing"
	RedirectOtherHost    ID = "redirect-other-host"
	AnswersDiffer        ID = "answers-differ"
	NoRange              ID = "no-range"
	SlowServer           ID = "slow"
	ClockDiffers         ID = "clock-differs"
)

var transportKinds = []Kind{
	{ServerError, Unknown, "the server answered with an error", "fails, or tries again", "look at the server; retry when it has recovered"},
	{Unreachable, Unknown, "the network connection failed", "fails, or tries again", "look at the network and the server; retry when they have recovered"},
	{Stalled, Unknown, "no byte came for as long as the stall limit", "waits, many for minutes, some for ever", "see the diagnosis: it says who is silent; retry when that has recovered"},
	{HostSilent, Unknown, "every attempt at the host stalled or failed, and the host was given up", "waits or fails, for every file of this host", "look at the host: tufinspect probe names the address or protocol that is sick; run again when it has recovered"},
	{Incomplete, Unknown, "the connection ended before the file was complete", "fails, or tries again", "retry; look at proxies and time-outs of the server"},
	{UnsafeRedirect, Unknown, "a redirect that is not followed", "follows it, or fails", "serve the file at its own address"},
	{ReadError, Unknown, "the file could not be read", "does not see this", "look at the disk and the permissions"},
	{PlainHTTP, Info, "the repository is asked for over http, without TLS", "verifies as well; who is on the way sees what it asks for, and can hold it back", "serve it over https"},
	{TimestampCached, Info, "the timestamp, or that there is no later root, came from a cache or may be kept in one", "sees a new version only when the cache lets go of the old answer", "send Cache-Control: no-cache with timestamp.json, with the roots, and with the answer that there is no later one"},
	{ContentEncoding, Info, "the server labels files as encoded although that was not asked for", "decodes gzip before it compares the bytes, if it is based on go-tuf or python-tuf, and compares them as they came, if it is based on tough", "serve the files as they are"},
	{ContentLengthMissing, Info, "the server does not say how long the files are", "accepts it; no client can show progress or refuse early", "send Content-Length"},
	{RedirectOtherHost, Info, "the server redirects to another host", "follows it, unless it forbids that", "nothing, if the other host is meant"},
	{AnswersDiffer, Warning, "two requests for the same file brought different bytes", "accepts or refuses, by chance", "look for servers or caches that are not in step"},
	{NoRange, Info, "the server cannot send a part of a file", "begins again at the start when a connection breaks", "let the server answer Range requests"},
	{SlowServer, Info, "the server sends more slowly than common clients wait for", "gives a large file up after 150 s, if it is based on tough; others wait for as long as bytes come", "look at the server's bandwidth and at limits on the way"},
	{ClockDiffers, Warning, "the clock here and the server's differ by more than five minutes", "judges expiry by its own clock", "set the clock that is wrong; expiry was judged by the one here"},
}
