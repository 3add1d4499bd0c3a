package hyperloglog_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get. Renewing the kept estimate is a change too: without it a replica's
// values would differ.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	effects := node.RecordEffects()
	for _, step := range []struct {
		request string
		want    []string
	}{
		{"PFADD k a b", []string{"PFADD k a b"}},
		{"PFADD k a", nil},
		{"PFCOUNT k", []string{"PFCOUNT k"}},
		{"PFCOUNT k", nil},
		{"PFADD j c", []string{"PFADD j c"}},
		{"PFCOUNT k j", nil},
		{"PFMERGE k j", []string{"PFMERGE k j"}},
		{"PFDEBUG DECODE k", nil},
		{"PFDEBUG TODENSE k", []string{"PFDEBUG TODENSE k"}},
		{"PFDEBUG TODENSE k", nil},
		{"PFDEBUG GETREG k", nil},
	} {
		c.Do(step.request)
		effects.Expect(t, step.request, step.want...)
	}
}
