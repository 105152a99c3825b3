package engine

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// TestNoEventHasASecret makes a run that has a secret wherever one can be, over real
// sockets and with every event that carries an address or a header. A recording has
// every text of an event, and is sent to others.
func TestNoEventHasASecret(t *testing.T) {
	const secret = "hunter2"
	repo := build(t, 8)
	server, err := demo.Serve(repo)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	host := strings.TrimPrefix(server.URL(), "http://")
	elsewhere := strings.Replace(host, "127.0.0.1", "localhost", 1)
	cookie := map[string]string{"Set-Cookie": "session=" + secret, "X-Token": secret, "WWW-Authenticate": "Basic realm=" + secret, "Link": "<https://h/?" + secret + ">"}
	signed := "://user:" + secret + "@%s/targets/%s?X-Amz-Signature=" + secret + "&" + secret + "#" + secret
	for path, f := range map[string]demo.Fault{
		"timestamp.json": {Header: cookie},
		"targets/t0":     {Kind: demo.Redirect, Location: fmt.Sprintf("http"+signed, host, "t1"), Header: cookie},
		"targets/t2":     {Kind: demo.Redirect, Location: fmt.Sprintf("http"+signed, elsewhere, "t1")},
		"targets/t3":     {Kind: demo.Redirect, Location: "user:" + secret + "@" + host + "/"},
		"targets/t4":     {Kind: demo.Redirect, Location: fmt.Sprintf("ftp"+signed, host, "t1")},
		"targets/t5":     {Kind: demo.Status, Status: 401, Header: cookie},
		"targets/t6":     {Kind: demo.Redirect, Location: fmt.Sprintf("http"+signed, host+":x", "t1")},
		"targets/t7":     {Kind: demo.StallBody, After: 10, Header: cookie},
	} {
		server.SetFault(path, f)
	}
	source, err := fetch.New(fetch.Options{
		Proxy:  "none",
		Header: http.Header{"Authorization": {"Bearer " + secret}, "X-Api-Key": {secret}, "Cookie": {"a=" + secret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cfg := DefaultConfig()
	cfg.Source, cfg.Repository = source, "http://user:"+secret+"@"+host+"?sig="+secret+"&"+secret
	cfg.Root, cfg.RootSource = repo.Root(1), RootFile
	cfg.StallAfter, cfg.StallTimeout, cfg.Retries, cfg.Interactive = 300*time.Millisecond, 20*time.Second, 0, true
	secrets := []string{secret, base64.StdEncoding.EncodeToString([]byte("user:" + secret))}
	kinds := map[string]bool{}
	st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
		kinds[fmt.Sprintf("%T", e.Body)] = true
		texts(reflect.ValueOf(e.Body), func(text string) {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%T has the secret: %q", e.Body, text)
				}
			}
		})
		switch b := e.Body.(type) {
		case Diagnosed:
			if len(b.Commands) == 0 || !strings.Contains(strings.Join(b.Commands, " "), "X-Api-Key: xxxxx") {
				t.Errorf("commands: %q", b.Commands)
			}
			go s.Send(Probe{byPath(t, st, "t1").ID}) // one that answers, so that it does not take long
		case ProbeEnded:
			go func() {
				s.Send(ReadRole{0})
				s.Send(Stop{Now: true})
			}()
		}
	})
	for _, want := range []any{RunStarted{}, LayoutFound{}, ItemsFound{}, RoleChanged{}, Responded{}, Redirected{}, Diagnosed{}, FindingRaised{}, Probed{}, ProbeEnded{}, HostChanged{}, CommandDone{}} {
		if name := fmt.Sprintf("%T", want); !kinds[name] {
			t.Errorf("the run had no %s: the test looks at too little", name)
		}
	}
	if r := byPath(t, st, "t2").Current().Response; r == nil {
		t.Error("the redirect to another host was not answered")
	}
	if got := st.Run.Repository; got != "http://xxxxx@"+host+"?xxxxx" {
		t.Errorf("the repository is shown as %q", got)
	}
}

// texts gives every text in a value, behind pointers and in fields of all kinds.
func texts(v reflect.Value, f func(string)) {
	switch v.Kind() {
	case reflect.String:
		f(v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			texts(v.Elem(), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != reflect.TypeFor[time.Time]() {
				texts(v.Field(i), f)
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			f(string(v.Bytes()))
			return
		}
		for i := range v.Len() {
			texts(v.Index(i), f)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			texts(it.Key(), f)
			texts(it.Value(), f)
		}
	}
}
