package alive

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		err   error
		want  string
		value int
	}{
		{"an answer in time", 9 * time.Second, nil, "", 7},
		{"an error in time", 0, os.ErrNotExist, "file does not exist", 7},
		{"no answer", time.Minute, nil, "reading root.json: the disk has not answered within 10s", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				v, err := Within(10*time.Second, "reading root.json: the disk", func() (int, error) {
					time.Sleep(c.takes)
					return 7, c.err
				})
				got := ""
				if err != nil {
					got = err.Error()
				}
				if got != c.want || v != c.value {
					t.Errorf("%d, %q, want %d, %q", v, got, c.value, c.want)
				}
				if late := c.takes > 10*time.Second; errors.Is(err, ErrNoAnswer) != late {
					t.Errorf("%v is ErrNoAnswer: %t", err, !late)
				}
				if took := time.Since(start); took > 10*time.Second {
					t.Errorf("took %s", took)
				}
				time.Sleep(c.takes) // what stays behind ends as well
			})
		})
	}
}

func TestWorkThatGetsOnHasItsTime(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps int           // each nine seconds after the other
		then  time.Duration // until the end
		takes time.Duration
		late  bool
	}{
		{"all the way", 100, 9 * time.Second, 909 * time.Second, false},
		{"and then no more", 5, time.Hour, 55 * time.Second, true},
		{"never", 0, time.Hour, 10 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := Moving(10*time.Second, "it", func(step func()) (int, error) {
					for range c.steps {
						time.Sleep(9 * time.Second)
						step()
						step()
					}
					time.Sleep(c.then)
					return 0, nil
				})
				if took := time.Since(start); took != c.takes || errors.Is(err, ErrNoAnswer) != c.late {
					t.Errorf("%s, %v", took, err)
				}
				time.Sleep(time.Hour) // what stays behind ends as well
			})
		})
	}
}

func TestAPanicWithinIsThatOfTheCaller(t *testing.T) {
	defer func() {
		v, _ := recover().(string)
		if !strings.HasPrefix(v, "boom\n") || !strings.Contains(v, "within_test.go") {
			t.Errorf("%q", v)
		}
	}()
	_, _ = Within(time.Minute, "it", func() (int, error) { panic("boom") })
}
