// Package demo builds whole TUF repositories and serves them with faults. It is
// behind "tufinspect demo", and it is what tests use when they need a repository
// that is sound, or one that breaks exactly one rule.
//
// # A repository
//
// A [Spec] says what a repository holds; its zero value is a valid one, and
// every field has a useful zero:
//
//	repo, err := demo.Spec{
//		Seed:    1,
//		Roots:   3, // with rotated keys
//		Root:    demo.Role{Keys: demo.OwnedKeys("root", "@ana", "@ben", "@chloe"), Threshold: 2},
//		Targets: []demo.Target{{Path: "a/b.txt", Content: []byte("hello")}, {Path: "big.img", Size: 512 << 20}},
//		Delegations: []demo.Delegation{{
//			Name: "team", Paths: []string{"team/*"}, Targets: []demo.Target{{Path: "team/x", Size: 100}},
//		}},
//	}.Build()
//
// Generated contents (Target.Size) are never in memory. The same Spec, with its
// Start, gives the same bytes, RSA and ECDSA signatures included. Keys are named,
// and the same name is the same key: what a test does not say about keys is one
// key for each role, named after it. Diamonds and cycles are further delegations
// with Same set. [Bins] spreads many targets over hashed bins.
//
// [Repository.Root] is what a client trusts; [Repository.Target] and
// [Repository.MetaFile] tell the paths of files.
//
// # Breaking one rule
//
//   - Who signs: Role.Signatures, with [SignedBy] for good ones and the kinds
//     [Empty] and [Bad] for others. Too few, a stranger's, the same twice.
//   - What is signed: Spec.Tamper changes the signed object before it is signed;
//     [OnRole] and [Sub] keep that short. All signatures hold, and parents list
//     the file as it has become.
//   - How it is written: Spec.TamperFile changes the file after signing (a byte
//     order mark, duplicate keys, data behind the end). Parents list that.
//   - What is listed: [Repository.Set], [Repository.Remove], [Repository.Resign]
//     and [Repository.ResignBy] change a file and leave its parents as they are.
//   - Time and versions: Role.Expires may be negative, Role.Version is free. Build
//     twice with the same Seed and other versions, and [Handler.Use] publishes the
//     second over the first: that is how rollbacks and mixed states are made.
//   - The root chain: Spec.EditRoot sees each version before it is signed.
//
// For example, a snapshot that announces a version of the targets that is not
// there, and is right in all else:
//
//	demo.Spec{Tamper: demo.OnRole("snapshot", func(signed map[string]any) {
//		demo.Sub(signed, "meta", "targets.json")["version"] = 3
//	})}
//
// # A server
//
//	srv, err := demo.Serve(repo)
//	defer srv.Close()
//	srv.SetFault("targets/team/x", demo.Fault{Kind: demo.StallBody, After: 50, Times: 2})
//
// The server answers ranges, conditions and HEAD as a good file server does.
// Faults are set by path: that of a file ("1.snapshot.json"), the same without
// version and hash ("snapshot.json", "targets/team/x"), or a pattern
// ("targets/**"). They can be set and cleared while requests run. A stalled
// response goes on only after [Handler.Release]; wait for it with
// [Handler.Stalled] and a limit, and never by sleeping. Close ends everything
// within milliseconds and leaves no goroutine.
//
// A Fault can hold for a number of requests (Times) or for a time (For), which counts
// from the first request of timestamp.json, and anew from one after a minute in which
// nothing was asked. [WithOutages] makes the whole server go away and come back, in the
// same time. What is a fault of connections and not of answers is at a [Peer]: another port
// of loopback, to which [Stage.Serve] redirects a file.
//
// [NewHandler] is the same without a listener, for httptest (TLS, HTTP/2) and
// for testing/synctest: all its waiting is on the clock of the bubble.
//
// [Repository.WriteTo] writes a folder, for what reads repositories from disk.
//
// # Scenarios
//
// [Scenarios] names repositories with a story, for people to look at. [Sick] is
// the default one. Each promises the verdict of a run and the findings of its report,
// and for each [Ailment] says what is wrong, with which finding that ends, and what a
// good operator does. A test of the command plays all of them and holds them to it, and
// writes docs/demo.md.
//
//	scenario, err := demo.FindScenario("hung")
//	stage, err := scenario.Build(1, time.Now())
//	srv, err := stage.Serve()
//	defer srv.Close()
//
// A scenario is made of parts: roles and files of their own, so that "all" can put them
// side by side. A new one has a file with its Scenario and, where it can stand beside
// others, its part.
package demo
