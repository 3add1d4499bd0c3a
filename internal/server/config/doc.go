// Package config is the configuration of a data node: the grammar of redis.conf and of the command line, the table of all
// parameters, CONFIG GET, SET and REWRITE, and the check that keeps an open server off the network.
//
// # Terms
//
// A directive is one line of the file: a name and its arguments. Most directives are parameters, which have one value at
// any time, can be asked for with CONFIG GET and, unless immutable, changed with CONFIG SET. The others (include, user,
// rename-command, sentinel) only exist in files. An alias is the name a parameter had in older versions; it works
// everywhere and is shown by CONFIG GET, but REWRITE writes the current name.
//
// # From text to value
//
//	command line ──parseCommandLine──┐
//	file, stdin ─────────────────────┴─> lines ─splitArguments─> words ─codec.parse─> value in a Snapshot
//	CONFIG SET ──────────────────────────────────────────────────────^
//
// A parameter is one row of a table (table_*.go): name, default, attributes and a codec, which is its type. The codec
// knows how to read a value from words, how CONFIG GET shows it and which lines REWRITE writes for it. Adding a parameter
// is adding a row; what only this server has stands in table_own.go.
//
// # Who reads it, and when
//
// All values live in an immutable Snapshot, published with one atomic store. Reading is lock-free and consistent: whoever
// needs several values takes one snapshot. A getter costs a map lookup, some 20 ns; code that runs for every command
// keeps its own copy instead and renews it in a change hook.
//
// # Changing it
//
// CONFIG SET is all or nothing over any number of parameters. First the names are checked (known, mutable, allowed, not
// twice), then all values are read into a copy of the snapshot, then the hooks put the copy into effect, each once. Only
// when all have succeeded is the copy published. If one fails, those that were called are called again with the old
// snapshot, and the client reads the reason. Changes are serialised by one mutex, so hooks run one at a time.
//
// One parameter has its effect while it is read: dir, which changes the working directory of the process, because paths
// in later lines are relative to it. It is taken back by the same rules.
//
// # Rewriting
//
// REWRITE changes as little of the file as possible. Comments and order stay. A line of a parameter gets its new value;
// if a parameter has more lines than it needs, the rest are blanked; parameters away from their default that have no line
// are appended behind a signature comment; lines nobody understands become comments. The new file is written beside the
// old one, synced and renamed, and has its mode: unlike Redis, which makes it readable for everybody, passwords included.
//
// # Bounds
//
// A file has at most 16 MB, includes nest 16 deep and name 1024 files at most in all, bind takes 16 addresses. Nothing
// else grows with its input by more than a constant factor.
//
// # Deliberate differences from Redis 7.2
//
//   - Lines of an included file are reported with that file's name, and files matched by one pattern are counted apart.
//   - A size beyond 64 bits is the largest possible one; Redis lets the multiplication by the unit wrap around.
//   - notify-keyspace-events AKEn is shown and rewritten with its n, which Redis 7.0 loses beside A.
//   - locale-collate takes C and its synonyms only: strings are compared by bytes.
//   - Modules do not exist: loadmodule and their parameters are refused at start.
//   - REWRITE keeps the file's mode and a symbolic link, and appends in the order of the tables.
package config
