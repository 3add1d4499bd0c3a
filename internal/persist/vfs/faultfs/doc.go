// Package faultfs is a file system in memory for tests of persistence. It keeps what the machine would show now apart from
// what the medium has, and loses the difference at will:
//
//	          Write, Rename …           Sync, SyncDir
//	caller ─────────────────▶ current ────────────────▶ durable
//	                             ▲                         │
//	                             └──────── PowerLoss ──────┘
//
// At a power loss everything that was not synced is decided by a seeded coin, each by itself:
//
//   - every 512-byte sector of a file that was written since its last Sync has reached the medium or not, so a write can be
//     torn, and later ones can be there without earlier ones; space that a file has grown by without its data is zeros;
//   - the file's length is anything between the synced and the current one;
//   - every creation, rename and removal has happened or not, but one whose name depends on an earlier one that did not
//     happen has not either. A rename is atomic. Syncing a file does not make its name durable.
//
// Faults are ordered in three ways: [Disk.SetSpace] makes the disk full (a write then stores what fits and fails with
// ENOSPC), [Disk.SetFault] is asked before every operation and may let it fail, a write also after some of its bytes
// ([Short]), and [Disk.CutPower] stops the machine at the n-th operation from now, in the middle of it if it is a write.
//
// A failed Sync is what it is on Linux: some sectors reached the medium, no more is dirty, the content can still be read,
// and the next Sync succeeds without having stored anything.
package faultfs
