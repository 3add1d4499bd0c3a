// Package connection implements the commands about the client's own connection and about other clients, one file a
// command.
package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// alwaysAllowed are the flags of commands that must work in any state of the server.
const alwaysAllowed = command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.AllowBusy
