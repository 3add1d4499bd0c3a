package config

// ownParameters are those that Redis does not have. They come last in this package's tables and nowhere else, so that
// what is ours can be seen at a glance.
func ownParameters() []Parameter {
	return []Parameter{
		// rdb-version is the version of the RDB files that are written: 11 is Redis 7.2's, 10 can be loaded by 7.0.
		number("rdb-version", 10, 11, 11, 0),
		// snapshot-max-bytes-per-second bounds the rate at which snapshots are written; 0 is no bound.
		size("snapshot-max-bytes-per-second", 0, maxLong, 0, 0),
		// aof-checksum writes checksums into the append-only file, as annotations that other readers pass over, and compares
		// them when it is loaded.
		yesNo("aof-checksum", true, 0),
		// transport serves plaintext connections: "epoll" with event loops (Linux), "std" with a goroutine each. TLS is
		// always served by std.
		choice("transport", Immutable, "epoll", "epoll", "std"),
		// event-loops is the number of event loops of transport epoll; 0 is one for every second processor, 8 at most: the kernel,
		// the garbage collector, saves and other programs take the others, and loops that sleep half of the time cost more than they serve.
		number("event-loops", 0, 128, 0, Immutable),
		// allow-insecure starts the server although it listens beyond loopback and nobody needs a password. It cannot be
		// changed at run time: a client that got in must not be able to open the door for others.
		yesNo("allow-insecure", false, Immutable),
	}
}
