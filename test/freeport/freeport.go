// Package freeport finds TCP ports for servers under test.
package freeport

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Find returns a TCP port that nobody listens on, on any address. It is below those that the kernel gives to outgoing
// connections, one of which could take it before the server does.
func Find() (string, error) {
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(22000))
		if listener, err := net.Listen("tcp", ":"+port); err == nil {
			listener.Close()
			return port, nil
		}
	}
	return "", errors.New("no free port among 100")
}

// Must is Find that fails the test instead of returning an error.
func Must(t testing.TB) string {
	t.Helper()
	port, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	return port
}
