// Package clients lets well-known client libraries, unmodified, talk to the server.
package clients
