// Package gitlab generates the load that a GitLab installation puts on its Redis: what Rails, Sidekiq and the runners ask for,
// in the proportions, value sizes and numbers of keys of real installations.
//
// # Profiles
//
//	cache     Rails.cache and its relatives: markdown, diffs, repository data. Most operations and most of the memory.
//	ratelimit Counters that a script increments, one for each actor and minute.
//	sessions  Sessions of users and the sets by which they are found.
//	shared    Leases, ETags, job status, counters of unique users, events for runners.
//	trace     Output of CI jobs that arrives in pieces of 4 to 32 KiB and leaves in chunks of 128 KiB. Few operations, many bytes.
//	queues    Sidekiq: jobs are put into queues, taken by workers that wait for them, kept in working lists and acknowledged.
//
// Connections of the queues are producers or workers, as processes of Sidekiq are; a worker spends most of its time
// blocked in BRPOP. All other connections draw each operation from the remaining profiles.
//
// # Keys
//
// Every key begins with [Prefix], which nothing else uses, so that what a run leaves can be told from the data of the server. What
// belongs to a key (the length of its name, the size of its value) follows from its number, so that writing it again does not change
// how much memory there is. Popular keys are asked for more often: the number of a key is drawn with the distribution of
// Zipf's law with exponent 0.95. A tenth of the reads of the cache are for keys that are not there.
//
// The same seed gives every connection the same sequence of operations, but for what depends on replies: jobs.
package gitlab
