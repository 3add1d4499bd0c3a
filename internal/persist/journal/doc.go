// Package journal makes the end of an append-only file durable in another place than the file: in blocks that were written before,
// so that a write changes nothing but their content.
//
// To sync a file that has grown, a file system writes the data, its own journal and the new size, and waits for all of it. To
// overwrite blocks that the file has takes the data and a flush. What is lost with it is that the bytes lie
// where they belong. So each group of effects is written twice: to the append-only file, in the kernel's memory as ever, and to the
// journal, durably. Once a second, or when the journal is full, the file itself is synced instead, and the journal begins anew.
//
//	appendonly.aof.7.incr.aof   ───────────── on disk ─────────────┤··· in the kernel's hands ···┤
//	                                                               │     │       │               │
//	appendonly.aof.journal                                         [  0  ][  1   ][      2      ][ older records … ]
//
// # Terms
//
// A record is a group with its place in the file. A cycle is the records since the last sync of the file: they stand one behind the
// other from the beginning of the journal, each from a block of its own on, with the same random number and an index from 0. What
// stands behind the last one is left over from older cycles and has other numbers.
//
// # Recovery
//
// The journal is needed when the machine has stopped: what the kernel held is gone then. A process that was killed has lost
// nothing, and somebody may have edited the file since, so a record counts only in another boot than the one that wrote it, unless
// syncing the file has failed ([Journal.Condemn]). docs/formats/journal.md has the bytes.
//
// # Invariants
//
//   - One record is written at a time, and the next only after it is durable: a torn record is the last one, and nobody was told of it.
//   - Records of a cycle continue each other in the file without gaps; the first begins where the file was on disk.
//   - A record of a new cycle is written only after the file is on disk as far as all records of the old one go.
package journal
