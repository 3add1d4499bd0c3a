package engine

import (
	"time"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/resp"
)

// Host is the server around the engine as commands about the server itself need it. Package server implements it. All
// methods are called with the engine lock held.
type Host interface {
	ConfigHost
	PersistHost
	// Authenticate checks a user's password.
	Authenticate(user string, password []byte) bool
	// RedisVersion is the version the server behaves as.
	RedisVersion() string
	// Info writes the text of the sections ("default", "all", "everything" or names) to dst.
	Info(dst []byte, sections []string) []byte
	// Shutdown starts an orderly end of the process. An error (a failed save) leaves the server running.
	Shutdown(o ShutdownOptions) error
	// AbortShutdown stops a shutdown that is waiting; false when there is none.
	AbortShutdown() bool
	// Sleep holds the whole server for d (DEBUG SLEEP).
	Sleep(d time.Duration)
	// DebugEnabled and the like decide whether the connection may use a protected command: "yes", "no", "local".
	ProtectedCommandAllowed(directive string, c *Client) bool
	// Log writes a line to the server log at notice level.
	Log(format string, args ...any)
}

// ConfigHost answers CONFIG.
type ConfigHost interface {
	// ConfigGet calls emit for every parameter that matches one of the globs.
	ConfigGet(patterns []string, emit func(name, value string))
	// ConfigSet applies all name-value pairs or none for a client; the error is the reply text without "-".
	ConfigSet(pairs []string, by *Client) error
	ConfigRewrite() error
	// ConfigResetStat resets what the server itself counts.
	ConfigResetStat()
}

// PersistHost answers SAVE, BGSAVE, DUMP, RESTORE and DEBUG RELOAD.
type PersistHost interface {
	Save() error
	// BackgroundSave starts a save; with schedule it may start later. started is false when it was only scheduled.
	BackgroundSave(schedule bool) (started bool, err error)
	LastSave() time.Time
	// WritesRefused returns the reason why writes are refused after a failed save, "" when they are not.
	WritesRefused() string
	Dump(dst []byte, e keyspace.Entry) []byte
	// Restore creates the key from a DUMP payload. The key must not exist.
	Restore(sp *keyspace.Space, key, payload []byte) error
	// Reload saves (unless noSave), empties (unless noFlush) and loads the dataset again.
	Reload(noSave, noFlush bool) error
}

// ShutdownOptions are the words of SHUTDOWN.
type ShutdownOptions struct{ Save, NoSave, Now, Force bool }

// Conn is the connection of a client as the engine sees it. Its methods are called without blocking.
type Conn interface {
	// Wake asks the connection to write the client's output and to go on with requests that wait. It is called
	// without the engine lock, from any goroutine.
	Wake()
	// Kill closes the connection as soon as possible, without writing what is left. Called with the engine lock.
	Kill()
	// Describe returns what CLIENT LIST shows of the connection: query buffer bytes used and free.
	QueryBuffer() (used, free int)
}

// reply is an alias so that handlers outside need one import less.
type reply = resp.Writer
