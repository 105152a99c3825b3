package engine

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// FuzzPack packs attempts of all kinds, with odd texts among them, and wants them back.
func FuzzPack(f *testing.F) {
	f.Add(uint64(1), "127.0.0.1:80", "\xff\x00")
	f.Add(uint64(2), "", "")
	f.Fuzz(func(t *testing.T, seed uint64, address, text string) {
		random := rand.New(rand.NewPCG(seed, 3))
		number := func() int64 { return random.Int64() >> random.IntN(64) * int64(1-2*random.IntN(2)) }
		a := Attempt{
			N: int(number()), Started: time.Duration(number()), Ended: time.Duration(number()), Address: address,
			Reused: random.IntN(2) == 0, From: number(), Done: number(),
		}
		marks := func() (list []TimedMark) {
			for range random.IntN(12) {
				list = append(list, TimedMark{fetch.Phase(random.IntN(256)), time.Duration(number())})
			}
			return list
		}
		response := func() *fetch.Response {
			if random.IntN(4) == 0 {
				return nil
			}
			r := &fetch.Response{Status: int(number()), Protocol: text, TLS: address, Length: number()}
			for range random.IntN(5) {
				if r.Header == nil {
					r.Header = map[string]string{}
				}
				name := text + address
				if random.IntN(4) > 0 {
					name = packedHeaders[random.IntN(len(packedHeaders))]
				}
				r.Header[name] = text
			}
			return r
		}
		a.Marks, a.Response = marks(), response()
		for range random.IntN(4) {
			a.Hops = append(a.Hops, Hop{
				Host: [...]string{address, text, authority(text)}[random.IntN(3)], URL: [...]string{address, text}[random.IntN(2)], By: response(), From: [...]string{"", text}[random.IntN(2)], Address: address,
				Reused: random.IntN(2) == 0, Marks: marks(),
			})
		}
		s := pack(&a)
		if got := unpack(s); !reflect.DeepEqual(got, a) {
			t.Fatalf("%+v\nis given back as\n%+v", a, got)
		}
		it := Item{tried: tried{well: s}}
		if began, ok := it.Began(); !ok || began != a.Started || it.Address() != address || it.Tries() != 1 || it.Redirected() != (len(a.Hops) > 0) {
			t.Fatalf("began %v, at %q, %d tries, redirected: %v", began, it.Address(), it.Tries(), it.Redirected())
		}
	})
}

// Whatever becomes of an item, its attempts are the ones that it had.
func TestAttemptsAreKeptHoweverTheyEnd(t *testing.T) {
	s := &State{}
	specs := []ItemSpec{{ID: 0, Of: 0, Kind: Target, Length: 9}}
	at := time.Duration(0)
	say := func(b Body) {
		at += time.Second
		s.Apply(Event{At: at, Body: b})
	}
	say(ItemsFound{specs})
	it := s.Item(0)
	try := func(n int, from, end ItemState, p *Problem) {
		say(StateChanged{Attempt: n, From: from, To: Connecting})
		say(PhasesEntered{Attempt: n, Marks: []TimedMark{{fetch.Headers, at}}, Address: "192.0.2.1:80"})
		say(Responded{Attempt: n, Response: fetch.Response{Status: 200, Protocol: "HTTP/1.1", Validator: `"x"`, Header: map[string]string{"ETag": `"x"`}}})
		say(StateChanged{Attempt: n, From: Connecting, To: end, Problem: p, Done: 9})
	}
	wants := func(n int, packed bool) {
		t.Helper()
		all := it.Attempts()
		if len(all) != n || it.Tries() != n || (it.tried.well != "") != packed || s.Violations > 0 {
			t.Fatalf("%d attempts, %d tries, packed %q, %d violations", len(all), it.Tries(), it.tried.well, s.Violations)
		}
		for i := range all {
			a := &all[i]
			if a.N != i+1 || a.Started == 0 || a.Address != "192.0.2.1:80" || len(a.Marks) != 1 || a.Response == nil ||
				a.Response.Header["ETag"] != `"x"` || a.Response.Validator != "" || a.Ended != a.Started+3*time.Second || a.Done != 9 {
				t.Fatalf("attempt %d is %+v", i+1, a)
			}
		}
		if began, _ := it.Began(); began != all[n-1].Started || it.Address() != all[n-1].Address || !reflect.DeepEqual(*it.Current(), all[n-1]) {
			t.Fatalf("the latest of %+v is another", all)
		}
	}
	if _, ok := it.Began(); ok || it.Current() != nil || it.Attempts() != nil || it.Address() != "" {
		t.Fatal("there is an attempt")
	}
	try(1, Queued, Verified, nil)
	wants(1, true)
	say(Progress{Attempt: 1, Done: 3})
	wants(1, true)
	say(StateChanged{Attempt: 2, From: Verified, To: Queued})
	wants(1, true)
	try(2, Queued, Retrying, &Problem{Kind: finding.ServerError})
	wants(2, false)
	try(3, Retrying, Verified, nil)
	wants(3, false)
}
