// Package aof is the append-only file: the format of Redis 7 (several files and a manifest that names them), its reader,
// and the log that is written while the server runs.
//
// # Files
//
// Everything lies in one directory (appenddirname) below the data directory. The names begin with appendfilename:
//
//	appendonly.aof.manifest      which files belong to the dataset, in order; replaced as a whole by a rename
//	appendonly.aof.3.base.rdb    base: the dataset at one moment, as RDB or (base.aof) as commands
//	appendonly.aof.7.incr.aof    increments: the effects of everything that was executed since, in order
//	appendonly.aof.6.incr.aof    history: what a newer base contains; it is deleted once the manifest is durable
//	appendonly.aof.journal       under Always: the end of the last increment as far as that is not synced (package journal)
//
// docs/formats/aof.md has every byte. [Manifest] is the list, [Scanner] takes an increment apart, [Log] writes one, with a
// [Checksum] now and then.
//
// # The log
//
// Whoever executes appends effects to memory and goes on. Whoever is about to send what depends on them writes them
// ([Log.Write]), or one goroutine does where that may take long; it syncs, too, but for Always where the kernel can do it aside
// ([Options.Aside]), into the journal most often. What was appended while one fsync was under way goes out with the next: group commit,
// without anybody waiting for company.
//
//	engine (lock held) ──Append──▶ pending ──▶ write ──▶ Options.Written(position) ──▶ fsync ──▶ Options.Synced(position)
//	                                  ▲            │ short or failed: the file is cut back to the last whole command,
//	                                  └────────────┘ and all of it is tried again; Failure says why meanwhile
//
// # Loading
//
// [Dir.Recover] comes first: it adds to the last increment what the machine has lost of it and the journal has.
//
// One goroutine takes the file apart ahead of the one that executes (ahead.go). A wrong checksum or a file that ends too early is met
// where it stands, after everything before has been executed.
//
// # Invariants
//
//   - A file only ever ends behind a whole command or transaction, or behind what one write left when the process or the
//     machine ended in the middle: only the last file of the manifest can have such a tail.
//   - A position is passed to Synced only after every byte up to it is on disk: an fsync has returned, or the record that has it is durable.
//   - After a failed fsync nothing is passed to Synced any more: what the kernel has of the file is unknown, so that a
//     second fsync that succeeds would prove nothing. Options.Fatal ends the process.
//   - A new increment gets its first byte after everything before is durable in the old one and the manifest names it.
package aof
