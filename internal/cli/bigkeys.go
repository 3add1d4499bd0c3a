package cli

import (
	"fmt"
	"strconv"

	"redoubt/internal/resp"
)

// sizes is what a report of sizes knows of the keys of one type.
type sizes struct {
	name    string
	command string // whose reply is the number of elements, "" for types of modules
	unit    string
	keys    int
	total   int64
	biggest int64
	key     string // quoted; "" for none
}

// reportSizes prints the biggest key of each type, by elements or by memory.
func (c *client) reportSizes() error {
	types := []*sizes{
		{name: "string", command: "STRLEN", unit: "bytes"},
		{name: "list", command: "LLEN", unit: "items"},
		{name: "set", command: "SCARD", unit: "members"},
		{name: "zset", command: "ZCARD", unit: "members"},
		{name: "hash", command: "HLEN", unit: "fields"},
		{name: "stream", command: "XLEN", unit: "entries"},
	}
	keyBytes := 0
	s, err := c.survey("biggest", func(s *survey, keys []resp.Reply) (err error) {
		for _, key := range keys {
			keyBytes += len(key.Str)
		}
		types, err = c.measure(s, types, keys)
		return err
	})
	if err != nil {
		return err
	}
	s.summary()
	fmt.Fprintf(c.out, "Total key length in bytes is %d (avg len %.2f)\n\n", keyBytes, share(keyBytes, s.sampled))
	for _, t := range types {
		if t.key != "" {
			fmt.Fprintf(c.out, "Biggest %6s found '%s' has %d %s\n", t.name, t.key, t.biggest, c.unit(t))
		}
	}
	fmt.Fprintln(c.out)
	for _, t := range types {
		fmt.Fprintf(c.out, "%d %ss with %d %s (%05.2f%% of keys, avg size %.2f)\n", t.keys, t.name, t.total, c.unit(t),
			100*share(t.keys, s.sampled), share(int(t.total), t.keys))
	}
	return nil
}

func (c *client) unit(t *sizes) string {
	if c.memKeys {
		return "bytes"
	}
	return t.unit
}

// measure adds keys to the sizes of their types, and returns those with the types that were not known.
func (c *client) measure(s *survey, types []*sizes, keys []resp.Reply) ([]*sizes, error) {
	names, err := c.demandEach(keys, func(key string) []string { return []string{"TYPE", key} })
	if err != nil {
		return types, err
	}
	var measured []resp.Reply
	var of []*sizes
	for i, name := range names {
		if name.IsError() {
			return types, c.failed("TYPE returned an error: %s", name.Str)
		}
		s.count()
		var t *sizes
		if t, types = typeNamed(types, name.String()); t != nil && (c.memKeys || t.command != "") {
			measured, of = append(measured, keys[i]), append(of, t)
		}
	}
	at := -1
	replies, err := c.demandEach(measured, func(key string) []string {
		at++
		return c.sizeRequest(of[at], key)
	})
	if err != nil {
		return types, err
	}
	for i, reply := range replies {
		key := string(appendQuoted(nil, measured[i].Str))
		size, err := strconv.ParseInt(reply.String(), 10, 64)
		if reply.IsError() || err != nil {
			fmt.Fprintf(c.err, "Warning:  %s on '%s' failed (may have changed type)\n", c.sizeRequest(of[i], "")[0], key)
			continue
		}
		t := of[i]
		t.keys++
		if t.total += size; size > t.biggest {
			t.biggest, t.key = size, key
			s.tell("Biggest %-6s found so far '%s' with %d %s", t.name, key, size, c.unit(t))
		}
	}
	return types, nil
}

func (c *client) sizeRequest(t *sizes, key string) []string {
	switch {
	case !c.memKeys:
		return []string{t.command, key}
	case c.memSamples > 0:
		return []string{"MEMORY", "USAGE", key, "SAMPLES", strconv.Itoa(c.memSamples)}
	}
	return []string{"MEMORY", "USAGE", key}
}

// typeNamed finds a type, or adds it: modules have types of their own. A key that is gone has none.
func typeNamed(types []*sizes, name string) (*sizes, []*sizes) {
	if name == "none" {
		return nil, types
	}
	for _, t := range types {
		if t.name == name {
			return t, types
		}
	}
	t := &sizes{name: name, unit: "?"}
	return t, append(types, t)
}
