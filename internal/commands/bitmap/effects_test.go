package bitmap_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: the commands as they are, and nothing for what changed nothing.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"SETBIT k 7 0", "SETBIT k 7 0"},
		{"SETBIT k 7 0"},
		{"SETBIT k 7 1", "SETBIT k 7 1"},
		{"SETBIT k 8 0", "SETBIT k 8 0"},
		{"BITFIELD k GET u8 0"},
		{"BITFIELD k SET u8 0 1"},
		{"BITFIELD k OVERFLOW SAT INCRBY u8 0 1", "BITFIELD k OVERFLOW SAT INCRBY u8 0 1"},
		{"BITFIELD k OVERFLOW FAIL INCRBY u8 0 300"},
		{"BITFIELD k OVERFLOW FAIL INCRBY u8 100 300", "BITFIELD k OVERFLOW FAIL INCRBY u8 100 300"},
		{"BITOP NOT d k", "BITOP NOT d k"},
		{"BITOP AND d none", "BITOP AND d none"},
		{"BITOP AND d none"},
	})
}
