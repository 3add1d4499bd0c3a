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
	DebugHost
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
	// Memory is where the memory of the process goes.
	Memory() MemoryFigures
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
	// ConfigSecret tells whether a parameter's value must not be shown.
	ConfigSecret(name string) bool
	// ConfigRewrite writes the configuration to its file, with everything also what is at its default.
	ConfigRewrite(everything bool) error
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
	// DumpLibraries serialises the texts of function libraries, ReadLibraries takes such a payload apart, with or without
	// the engine lock. The error's text is the reply without "ERR ".
	DumpLibraries(codes []string) []byte
	ReadLibraries(payload []byte) (codes []string, err error)
	// Reload saves, empties and loads the dataset again, without what the options leave out.
	Reload(o ReloadOptions) error
	// AppendOnly tells whether the append-only file is switched on.
	AppendOnly() bool
	// RewriteAppendOnly starts a rewrite of the append-only file; scheduled tells that it has only been scheduled, as when
	// it must begin later than the running command.
	RewriteAppendOnly(later bool) (scheduled bool, err error)
	// LoadAppendOnly empties the dataset and loads the append-only file.
	LoadAppendOnly() error
	// Flushed is called when FLUSHALL has emptied the dataset, so that the dump can follow.
	Flushed()
}

// ReloadOptions are the words of DEBUG RELOAD. With Merge a key of the file replaces one of the same name; without, such
// a key is an error.
type ReloadOptions struct{ NoSave, NoFlush, Merge bool }

// DebugHost answers what only tests of servers ask for.
type DebugHost interface {
	// Sleep holds the whole server for d.
	Sleep(d time.Duration)
	// PauseCron stops the server's regular work, or lets it go on.
	PauseCron(on bool)
	// ChangeReplicationID gives the dataset's history another name.
	ChangeReplicationID()
	// SkipChecksums makes dumps and RESTORE's payloads load whatever their checksums are.
	SkipChecksums(on bool)
	// DelayFlush makes the append-only file wait so long before it writes.
	DelayFlush(d time.Duration)
	// Crash ends the process at once as a failure of the given kind ("segfault", "panic").
	Crash(kind string)
}

// MemoryFigures are in bytes. Dataset counts the live blocks of the arena, Clients the buffers of connections; Used is the
// dataset and the rest of the server's own use. Warning is a text for people when the kernel is about to run out of memory,
// or "".
type MemoryFigures struct {
	Peak, Used, Startup, Dataset, Clients, Resident int64
	ArenaUsed, ArenaCommitted                       int64
	Warning                                         string
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
	// LongRunning says that the client's own command, which the connection is executing or about to, goes on for long, and that
	// other clients are to be served meanwhile. Called with the engine lock, by the goroutine that executes.
	LongRunning()
	// QueryBuffer returns what CLIENT LIST shows of the connection, in bytes: input not understood yet, room behind it, and what is
	// understood of a request that has not come completely. Callable from any goroutine.
	QueryBuffer() (used, free, arguments int)
	// Unsent returns the bytes of output that the connection keeps because the other side does not take them. Callable from
	// any goroutine.
	Unsent() int64
}

// reply is an alias so that handlers outside need one import less.
type reply = resp.Writer
