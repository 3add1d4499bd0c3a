// Package replay shows that the effect stream carries the whole dataset: what a long random run over every command that
// writes sends to the stream, executed by an empty engine, gives the dataset that the run left.
package replay
