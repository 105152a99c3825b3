package journal

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/trust"
)

// bodies are all events of a run, one of each kind. A test holds them against the code of
// the engine.
var bodies = []engine.Body{
	engine.RunStarted{}, engine.Noted{}, engine.LayoutFound{}, engine.AnchorChosen{}, engine.Compared{}, engine.RoleChanged{},
	engine.ItemsFound{}, engine.ItemBound{}, engine.StateChanged{}, engine.Progress{}, engine.PhasesEntered{},
	engine.Responded{}, engine.Diagnosed{}, engine.FindingRaised{}, engine.ClientsJudged{}, engine.ProbeBegan{},
	engine.Redirected{}, engine.Probed{}, engine.ProbeEnded{}, engine.RoleRead{}, engine.HostChanged{}, engine.BreakerChanged{},
	engine.QueueChanged{}, engine.CommandDone{}, engine.InspectorFault{}, engine.InspectorStuck{},
	engine.RunSettled{}, engine.RunFinished{},
}

// allCommands are all commands that a run obeys.
var allCommands = []engine.Command{
	engine.Cancel{}, engine.CancelAll{}, engine.Retry{}, engine.RetryFailed{}, engine.Pause{}, engine.Resume{},
	engine.SetWorkers{}, engine.SetStallAfter{}, engine.Prioritise{}, engine.Probe{}, engine.ReadRole{},
	engine.ClockJumped{}, engine.Stop{},
}

// filled gives the event with a value in each of its fields, the next ones of n.
func filled(t *testing.T, b engine.Body, n *int) engine.Body {
	t.Helper()
	v := reflect.New(reflect.TypeOf(b)).Elem()
	fill(t, v, n)
	return v.Interface().(engine.Body)
}

func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.Unix(int64(1_700_000_000+*n), int64(*n)*1000).UTC()
		return
	case **engine.Site:
		*at = engine.SiteParts{Before: fmt.Sprintf("http://h/%d/", *n), After: ".x", Named: true, Hashed: *n%2 == 0}.Site()
		return
	case *engine.Command:
		c := reflect.New(reflect.TypeOf(allCommands[*n%len(allCommands)])).Elem()
		fill(t, c, n)
		*at = c.Interface().(engine.Command)
		return
	case *trust.Hash:
		*at = trust.Hash{Algorithm: "sha256", Sum: []byte{byte(*n), 1, 2}}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d \"<&>\" \\ é ⏎", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(int64(*n))
	case reflect.Uint8: // the small types: their first value but one is named in all of them
		v.SetUint(1)
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 7)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() == reflect.TypeFor[fetch.Response]() && v.Type().Field(i).Name == "Validator" {
				continue // for the next request alone: it is not recorded
			}
			if v.Type() == reflect.TypeFor[engine.CommandDone]() && v.Type().Field(i).Name == "Past" {
				continue // the player says it
			}
			fill(t, v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n)
		fill(t, v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, k, n)
		fill(t, e, n)
		v.SetMapIndex(k, e)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	default:
		t.Fatalf("nobody knows how to fill a %s", v.Type())
	}
}
