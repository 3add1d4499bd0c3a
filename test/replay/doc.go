// Package replay shows that the effect stream carries the whole dataset: what a long random run over every command that
// writes sends to the stream, executed by an empty engine, gives the dataset that the run left; and so it does when a real
// redis-server gets it as the replica of a primary.
package replay
