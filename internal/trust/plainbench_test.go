package trust

import (
	"fmt"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
)

// BenchmarkVerifyTargets verifies the targets role with go-tuf reading all of it, and
// with it reading all but the map.
func BenchmarkVerifyTargets(b *testing.B) {
	for _, n := range []int{5_000, 100_000} {
		for _, keys := range []int{1, 5} {
			role := demo.Role{Threshold: keys}
			for i := range keys {
				role.Keys = append(role.Keys, demo.Key{Name: fmt.Sprint(i)})
			}
			repo := build(b, demo.Spec{Targets: manyTargets(n), TargetsRole: role})
			root, err := metadata.Root().FromBytes(repo.Root(1))
			if err != nil {
				b.Fatal(err)
			}
			sn, err := metadata.Snapshot().FromBytes(mustRead(b, repo, repo.MetaFile("snapshot")))
			if err != nil {
				b.Fatal(err)
			}
			data := mustRead(b, repo, repo.MetaFile("targets"))
			for _, by := range []string{"gotuf", "plain"} {
				j := fileJob{root, sn, "targets", []edgeAsk{{delegator: metadata.ROOT, duty: rootDuty(root, "targets")}}, data, DefaultLimits()}
				j.limits.slow = by == "gotuf"
				b.Run(fmt.Sprintf("targets=%d/keys=%d/by=%s", n, keys, by), func(b *testing.B) {
					b.SetBytes(int64(len(data)))
					b.ReportAllocs()
					for b.Loop() {
						p, verdicts := j.run()
						if c, problem := j.compact(p); problem != nil || verdicts[0].problem != nil || len(c.targets) != n {
							b.Fatal("it is not accepted")
						}
					}
				})
			}
		}
	}
}
