package memlimit

import (
	"testing"
	"time"
)

func TestStatus(t *testing.T) {
	const mb, gb = 1 << 20, 1 << 30
	tests := []struct {
		bytes, left int64
		want        Status
	}{
		{1000 * mb, 100 * mb, Fine},
		{1000 * mb, 100*mb - 1, Near},
		{1000 * mb, 50 * mb, Near},
		{1000 * mb, 50*mb - 1, Critical},
		{1000 * gb, 4 * gb, Fine},
		{1000 * gb, 4*gb - 1, Near},
		{1000 * gb, gb, Near},
		{1000 * gb, gb - 1, Critical},
		{1000 * mb, -5 * mb, Critical}, // a limit that was lowered below the use
	}
	for _, test := range tests {
		if got := (Limit{Bytes: test.bytes, Used: test.bytes - test.left}).Status(); got != test.want {
			t.Errorf("%d left of %d: %v, want %v", test.left, test.bytes, got, test.want)
		}
	}
}

func TestWatch(t *testing.T) {
	var w Watch
	start := time.Unix(1e9, 0)
	for _, step := range []struct {
		seconds int
		status  Status
		want    bool
	}{
		{0, Fine, false},
		{1, Near, true},
		{2, Near, false},
		{3, Critical, true},
		{4, Near, false},
		{5, Critical, false},
		{6, Fine, false}, // it may come back at once
		{7, Critical, false},
		{62, Critical, false},
		{63, Critical, true},
		{122, Near, false},
		{123, Near, true},
		{183, Fine, true},
		{184, Fine, false},
		{400, Fine, false},
		{401, Near, true},
	} {
		if got := w.Say(step.status, start.Add(time.Duration(step.seconds)*time.Second)); got != step.want {
			t.Errorf("second %d, %v: %v, want %v", step.seconds, step.status, got, step.want)
		}
	}
}
