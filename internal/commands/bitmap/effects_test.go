package bitmap_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: the commands as they are, and nothing for what changed nothing.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	effects := node.RecordEffects()
	for _, step := range []struct {
		request string
		want    []string
	}{
		{"SETBIT k 7 0", []string{"SETBIT k 7 0"}},
		{"SETBIT k 7 0", nil},
		{"SETBIT k 7 1", []string{"SETBIT k 7 1"}},
		{"SETBIT k 8 0", []string{"SETBIT k 8 0"}},
		{"BITFIELD k GET u8 0", nil},
		{"BITFIELD k SET u8 0 1", nil},
		{"BITFIELD k OVERFLOW SAT INCRBY u8 0 1", []string{"BITFIELD k OVERFLOW SAT INCRBY u8 0 1"}},
		{"BITFIELD k OVERFLOW FAIL INCRBY u8 0 300", nil},
		{"BITFIELD k OVERFLOW FAIL INCRBY u8 100 300", []string{"BITFIELD k OVERFLOW FAIL INCRBY u8 100 300"}},
		{"BITOP NOT d k", []string{"BITOP NOT d k"}},
		{"BITOP AND d none", []string{"BITOP AND d none"}},
		{"BITOP AND d none", nil},
	} {
		c.Do(step.request)
		effects.Expect(t, step.request, step.want...)
	}
}
