package hyperloglog_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get. Renewing the kept estimate is a change too: without it a replica's
// values would differ.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"PFADD k a b", "PFADD k a b"},
		{"PFADD k a"},
		{"PFCOUNT k", "PFCOUNT k"},
		{"PFCOUNT k"},
		{"PFADD j c", "PFADD j c"},
		{"PFCOUNT k j"},
		{"PFMERGE k j", "PFMERGE k j"},
		{"PFDEBUG DECODE k"},
		{"PFDEBUG TODENSE k", "PFDEBUG TODENSE k"},
		{"PFDEBUG TODENSE k"},
		{"PFDEBUG GETREG k"},
	})
}
