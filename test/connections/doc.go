// Package connections holds the tests of what clients meet on real connections: protocols, limits, listeners, blocked and
// vanishing clients, and the end of the server.
package connections
