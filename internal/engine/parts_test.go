package engine

import (
	"crypto/sha256"
	"crypto/sha512"
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/internal/trust"
)

func TestBackoffDoublesIsBoundedAndObeysTheServer(t *testing.T) {
	for _, c := range []struct {
		n      int
		asked  time.Duration
		random float64
		want   time.Duration
	}{
		{1, 0, 0.5, 500 * time.Millisecond},
		{2, 0, 0.5, time.Second},
		{4, 0, 0.5, 4 * time.Second},
		{7, 0, 0.5, 30 * time.Second},
		{500, 0, 0.5, 30 * time.Second},
		{1, 0, 0, 375 * time.Millisecond},
		{1, 7 * time.Second, 0.5, 7 * time.Second},
		{1, 24 * time.Hour, 0.5, time.Minute},
	} {
		if got := backoff(c.n, c.asked, c.random); got != c.want {
			t.Errorf("backoff(%d, %s, %g) = %s, want %s", c.n, c.asked, c.random, got, c.want)
		}
	}
}

func TestTheQueueServesMetadataFirstAndPrioritisedBeforeAll(t *testing.T) {
	var q queue
	q.push(10, Target)
	q.push(11, Copy)
	q.push(1, Metadata)
	q.pushFirst(12)
	q.pushFirst(11)
	var got []ItemID
	for id, ok := q.pop(); ok; id, ok = q.pop() {
		got = append(got, id)
	}
	if want := []ItemID{12, 11, 1, 10, 11}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestADigestNamesTheHashThatDiffers(t *testing.T) {
	data := []byte("content")
	s256, s512 := sha256.Sum256(data), sha512.Sum512(data)
	good := []trust.Hash{{Algorithm: "sha256", Sum: s256[:]}, {Algorithm: "sha512", Sum: s512[:]}}
	bad := []trust.Hash{good[0], {Algorithm: "sha512", Sum: make([]byte, 64)}}
	var pool digestPool
	for range 3 { // the same digest is used again
		d := pool.get(good)
		if _, err := d.Write(data); err != nil {
			t.Fatal(err)
		}
		if m := d.compare(good); m != nil {
			t.Errorf("good bytes: %+v", m)
		}
		if m := d.compare(bad); m == nil || m.algorithm != "sha512" {
			t.Errorf("bad bytes: %+v", m)
		}
		pool.put(d)
	}
	for _, c := range []struct {
		name string
		in   []trust.Hash
		want bool
	}{
		{"both known", good, false}, {"none", nil, true},
		{"one of two unknown", []trust.Hash{good[0], {Algorithm: "md5"}}, true},
	} {
		if _, got := trust.UnknownHash(c.in); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTheMeterForgets(t *testing.T) {
	var m meter
	for i := range 100 {
		m.sample(int64(i)*100, time.Duration(i)*100*time.Millisecond)
	}
	if m.rate < 990 || m.rate > 1010 {
		t.Errorf("steady 1000 bytes a second measured as %.0f", m.rate)
	}
	at := 10 * time.Second
	for range 100 {
		at += 100 * time.Millisecond
		m.sample(9900, at)
	}
	if m.rate > 10 {
		t.Errorf("ten silent seconds later still %.0f", m.rate)
	}
}

func TestChunksNeverPartATargetFromItsCopies(t *testing.T) {
	var specs []ItemSpec
	for i := range 999 {
		specs = append(specs, ItemSpec{ID: ItemID(i), Kind: Target})
	}
	specs = append(specs, ItemSpec{Kind: Target}, ItemSpec{Kind: Copy}, ItemSpec{Kind: Target})
	n := 0
	for part := range chunks(specs) {
		if len(part) > chunk || part[0].Kind == Copy {
			t.Errorf("a part of %d begins with %s", len(part), part[0].Kind)
		}
		n += len(part)
	}
	if n != len(specs) {
		t.Errorf("%d of %d", n, len(specs))
	}
}
