package engine

import "testing"

func TestBlocksKeepEveryValueInItsPlace(t *testing.T) {
	var all Blocks[int]
	const n = 3*blockLen + 7
	var first *int
	var views []Blocks[int]
	for i := range n {
		views = append(views, all)
		all.Append(i)
		if i == 0 {
			first = all.At(0)
		}
	}
	for i := range n {
		if *all.At(i) != i {
			t.Fatalf("value %d is %d", i, *all.At(i))
		}
	}
	if all.Len() != n || all.At(0) != first {
		t.Errorf("%d values; the first has moved: %v", all.Len(), all.At(0) != first)
	}
	for i, view := range views {
		if short := all.First(i); view.Len() != i || short.Len() != i || i > 0 && (*view.At(i - 1) != i-1 || *short.At(i - 1) != i-1) {
			t.Fatalf("a view of %d values has %d, the first ones are %d", i, view.Len(), short.Len())
		}
	}
	for _, i := range []int{-1, n, n + blockLen} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("there is a value %d", i)
				}
			}()
			all.At(i)
		}()
	}
}
