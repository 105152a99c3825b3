package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheProbeNamesTheSilentOneOfThreeAddresses: what a round robin of three hides.
func TestTheProbeNamesTheSilentOneOfThreeAddresses(t *testing.T) {
	if testing.Short() {
		t.Skip("a silent address is waited for ten seconds")
	}
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(first.Addr().String())
	listeners := []net.Listener{first}
	for _, ip := range []string{"127.0.0.2", "127.0.0.3"} {
		l, err := net.Listen("tcp", net.JoinHostPort(ip, port))
		if err != nil {
			first.Close()
			t.Skipf("no second address on loopback: %v", err)
		}
		listeners = append(listeners, l)
	}
	defer listeners[1].Close() // takes connections into its queue, and nobody accepts them
	for _, l := range []net.Listener{listeners[0], listeners[2]} {
		server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.FileServer(http.Dir("testdata"))}}
		server.Start()
		defer server.Close()
	}
	var out bytes.Buffer
	f := transportFlags{proxy: "none", resolve: []string{"tuf.example.org:" + port + ":127.0.0.1,127.0.0.2", "tuf.example.org:" + port + ":127.0.0.3"}}
	err = probe(t.Context(), streams{}, &out, &f, "text", []string{"http://tuf.example.org:" + port + "/script/probe.txtar"})
	if code, ok := err.(exitError); !ok || code != exitUnknown {
		t.Errorf("%v", err)
	}
	if !strings.Contains(out.String(), "\n127.0.0.2 is silent, the two other addresses answer in ") {
		t.Errorf("%s", out.String())
	}
}
