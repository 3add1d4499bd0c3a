// Package limits sends every command numbers at the edges of what integers of 32 and 64 bits hold, in every place where its
// argument grammar has a number, and checks that the server answers, lives on, and takes little memory for it. The calls are
// generated from the Specs, so that no command can be forgotten.
package limits
