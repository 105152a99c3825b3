package ui

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
)

// mute is a session that says nothing.
type mute struct{}

func (mute) Updates() <-chan engine.Update { return nil }
func (mute) Send(engine.Command) bool      { return true }

func TestAScreenThatDoesNotGetOnIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alarms := make(chan alive.Alarm, 10)
		w := alive.NewWatchdog(alive.Options{Alarm: func(a alive.Alarm) { alarms <- a }})
		w.Start()
		defer w.Close()
		slow := time.Duration(0)
		s := newScreen(Options{Session: mute{}, Watchdog: w, Clock: func() time.Time {
			time.Sleep(slow)
			return time.Now()
		}}, func(string) string { return "" })
		time.Sleep(time.Minute) // waiting for a message is no standing still
		slow = 20 * time.Second
		s.Update(tickMsg{})
		slow = 0
		time.Sleep(5 * time.Second)
		if a := <-alarms; a.Part != "screen" || a.Over || a.For > 7*time.Second {
			t.Errorf("%+v", a)
		}
		if a := <-alarms; !a.Over || a.For < 18*time.Second || len(alarms) > 0 {
			t.Errorf("%+v", a)
		}
	})
}
