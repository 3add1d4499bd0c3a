package ctl

import (
	"bytes"
	"strings"
	"testing"
)

// TestEveryCommandIsDocumented: completion and manual page know each command that is for people, and no other.
func TestEveryCommandIsDocumented(t *testing.T) {
	var script, page, errors bytes.Buffer
	if Main([]string{"completion"}, nil, &script, &errors) != exitOK || Main([]string{"manual"}, nil, &page, &errors) != exitOK {
		t.Fatal(errors.String())
	}
	_, words, _ := strings.Cut(script.String(), `words="`)
	words, _, _ = strings.Cut(words, `"`)
	completed := strings.Fields(words)
	for _, c := range commands() {
		forPeople := c.category != internalCategory
		count := 0
		for _, word := range completed {
			if word == c.name {
				count++
			}
		}
		if (count == 1) != forPeople {
			t.Errorf("completion has %s %d times", c.name, count)
		}
		if strings.Contains(page.String(), "\n.B "+roff(c.name)+"\n") != forPeople {
			t.Errorf("the manual page and %s", c.name)
		}
	}
	if !strings.Contains(script.String(), `redis-check) words="--json --class=`) {
		t.Errorf("options are not completed:\n%s", script.String())
	}
}

func TestManualHoldsNoAccidentalRequests(t *testing.T) {
	if got := roff(`.SH it's a - \ test`); got != `\&.SH it's a \- \\ test` {
		t.Errorf("got %s", got)
	}
}
