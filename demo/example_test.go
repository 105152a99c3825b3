package demo_test

import (
	"fmt"
	"io"
	"net/http"

	"example.com/tufinspect/demo"
)

func ExampleServe() {
	repo, err := demo.Spec{Targets: []demo.Target{{Path: "a/b.txt", Content: []byte("hello")}}}.Build()
	if err != nil {
		panic(err)
	}
	srv, err := demo.Serve(repo)
	if err != nil {
		panic(err)
	}
	defer srv.Close()

	srv.SetFault("targets/a/b.txt", demo.Fault{Kind: demo.Status, Status: 503, Times: 1})
	target, _ := repo.Target("a/b.txt")
	for range 2 {
		res, err := http.Get(srv.URL() + "/" + target.Files[0])
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		fmt.Printf("%d %s\n", res.StatusCode, body)
	}
	fmt.Println(srv.Requests("targets/**"), "requests")
	// Output:
	// 503 503 Service Unavailable
	//
	// 200 hello
	// 2 requests
}

func ExampleSpec_Build() {
	repo, err := demo.Spec{
		Roots:       2,
		Delegations: []demo.Delegation{{Name: "team/a", Paths: []string{"a/*"}, Role: demo.Role{Version: 7}}},
	}.Build()
	if err != nil {
		panic(err)
	}
	for _, path := range repo.Paths() {
		fmt.Println(path)
	}
	// Output:
	// 1.root.json
	// 1.snapshot.json
	// 1.targets.json
	// 2.root.json
	// 7.team%2Fa.json
	// timestamp.json
}
