package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"redoubt/internal/resp"
)

// hotKeysShown is how many keys the report of hot keys has.
const hotKeysShown = 16

// hotKey is a key, quoted, with its access counter.
type hotKey struct {
	key     string
	counter int64
}

// reportHotKeys prints the keys with the highest access counters.
func (c *client) reportHotKeys() error {
	var hottest []hotKey // highest counter first
	s, err := c.survey("hot", func(s *survey, keys []resp.Reply) error {
		replies, err := c.demandEach(keys, func(key string) []string { return []string{"OBJECT", "FREQ", key} })
		if err != nil {
			return err
		}
		for i, reply := range replies {
			if reply.IsError() {
				return c.failed("Error: %s", reply.Str)
			}
			s.count()
			counter, _ := strconv.ParseInt(reply.String(), 10, 64) // a key that is gone has none
			at, _ := slices.BinarySearchFunc(hottest, counter, func(h hotKey, counter int64) int {
				return cmp.Or(cmp.Compare(counter, h.counter), -1) // behind those with the same counter
			})
			if counter == 0 || at == hotKeysShown {
				continue
			}
			key := string(appendQuoted(nil, keys[i].Str))
			hottest = slices.Insert(hottest, at, hotKey{key, counter})
			hottest = hottest[:min(len(hottest), hotKeysShown)]
			s.tell("Hot key '%s' found so far with counter %d", key, counter)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.summary()
	for _, h := range hottest {
		fmt.Fprintf(c.out, "hot key found with counter: %d\tkeyname: %s\n", h.counter, h.key)
	}
	return nil
}
