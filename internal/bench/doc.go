// Package bench is `redoubt bench`: it puts the load of a GitLab installation on any server that speaks the Redis protocol, and
// reports what its clients would notice.
//
//	options ──check──▶ plan, printed ──fill──▶ keys ──load.Run──▶ figures ──report──▶ text, CSV or JSON ──clean──▶ nothing left
//
// A server may be somebody's: nothing is written to one that holds other keys unless that is asked for, all keys that are
// written begin with [gitlab.Prefix], and only such keys are removed. They are removed at the end, also when the run is
// interrupted or fails.
package bench
