// Package toxiproxy inspects repositories through a proxy that breaks the network:
// Shopify's toxiproxy, in the process, between the engine and the demonstration's
// server, all on loopback.
//
// It is a module of its own, so that the product's go.mod knows nothing of
// toxiproxy and what that needs. There are only tests in it:
//
//	cd tests/toxiproxy && go test -race ./...
package toxiproxy
