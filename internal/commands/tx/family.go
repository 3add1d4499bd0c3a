// Package tx implements transactions: MULTI, EXEC, DISCARD, WATCH and UNWATCH, one file a command. The state machine is
// in package engine.
package tx

import "redoubt/internal/engine"

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family
