// Command bench compares Redis-compatible servers on this machine.
//
// # How
//
// Every section starts the arms anew, one process each. Each case of a section is measured on one arm after the other, several
// rounds (A B A B …), and medians are reported. The first arm takes part twice, under two names: how far these two differ is the
// noise. The client is the same for all: redis-benchmark for the workloads that it has built in and for single commands,
// internal/bench/load for what it cannot do. Servers run on one processor and clients on the others, as far as there are several.
//
// The figure that counts is the server's processor time for an operation, taken from the process' own clock: the client and what
// else runs on the machine disturb it least. Requests a second with one request in flight per connection are bound by the client
// on a small machine.
//
// # Unattended
//
// Results are written after every section. An arm that fails is noted at the case where it failed, started again and goes on; a
// section that fails is noted and the next one begins. When the time is up, what was not measured is named.
//
//	sections ──▶ compare: arms in turn ──▶ results ──▶ JSON, page, charts
package main
