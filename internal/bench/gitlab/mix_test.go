package gitlab_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"redoubt/internal/bench/gitlab"
	"redoubt/internal/bench/load"
	"redoubt/test/inprocess"
)

func newMix(t *testing.T, s gitlab.Settings) *gitlab.Mix {
	t.Helper()
	m, err := gitlab.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestProfiles runs each profile alone and all together: no reply is an error, the fill writes as many keys as it says,
// and every key has the prefix.
func TestProfiles(t *testing.T) {
	sets := [][]string{gitlab.Names()}
	for _, name := range gitlab.Names() {
		sets = append(sets, []string{name})
	}
	for _, names := range sets {
		t.Run(strings.Join(names, "+"), func(t *testing.T) {
			node := inprocess.Start(t)
			target := load.Target{Network: "tcp", Address: node.Addr}
			m := newMix(t, gitlab.Settings{Profiles: names, Connections: 10, Keys: 200, Seed: 1})
			admin, err := target.Dial(context.Background(), 4096)
			if err != nil {
				t.Fatal(err)
			}
			defer admin.Close()
			if err := m.Prepare(admin); err != nil {
				t.Fatal(err)
			}
			fill := runStreams(t, load.Load{Target: target, Kinds: m.Kinds(), Streams: m.FillStreams(2)})
			size, err := admin.Do("DBSIZE")
			if err != nil {
				t.Fatal(err)
			}
			// The users' sets of sessions come in addition.
			if n := size.Int; n < int64(m.FillKeys()) || n > int64(m.FillKeys())*3/2 || fill.Requests() < n/2 {
				t.Errorf("%d keys are written, want %d", n, m.FillKeys())
			}
			result := runStreams(t, load.Load{Target: target, Kinds: m.Kinds(), Streams: m.Streams(), Operations: 5000})
			for _, k := range result.Kinds {
				if k.Operations == 0 {
					t.Errorf("nothing was done of %s", k.Name)
				}
			}
			keys, err := admin.Do("KEYS", "*")
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range keys.Elems {
				if !strings.HasPrefix(key.String(), gitlab.Prefix) {
					t.Errorf("key %q", key.Str)
				}
			}
		})
	}
}

func runStreams(t *testing.T, l load.Load) *load.Result {
	t.Helper()
	result, err := load.Run(context.Background(), l)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range result.Kinds {
		if k.Errors > 0 {
			t.Errorf("%s: %d errors, the first: %s", k.Name, k.Errors, k.FirstError)
		}
	}
	return result
}

// TestSeed: the same seed is the same load, another one another.
func TestSeed(t *testing.T) {
	names := gitlab.Names()
	names = slices.DeleteFunc(names, func(n string) bool { return n == "queues" }) // depends on replies
	sequence := func(seed uint64) []byte {
		m := newMix(t, gitlab.Settings{Profiles: names, Connections: 2, Keys: 100, Seed: seed})
		var all []byte
		for _, s := range m.Streams() {
			for range 300 {
				all, _ = s.Next(all, &load.Answer{})
			}
		}
		return all
	}
	one := sequence(1)
	if !bytes.Equal(one, sequence(1)) {
		t.Error("the same seed gives other requests")
	}
	if bytes.Equal(one, sequence(2)) {
		t.Error("another seed gives the same requests")
	}
}

// TestRefusedSettings: each with the reason.
func TestRefusedSettings(t *testing.T) {
	for want, s := range map[string]gitlab.Settings{
		"no profile \"x\"": {Profiles: []string{"x"}, Connections: 5, Keys: 1},
		"no profiles":      {Connections: 5, Keys: 1},
		"at least 3":       {Profiles: gitlab.Names(), Connections: 2, Keys: 1},
		"at least 1":       {Profiles: []string{"cache"}, Connections: 1},
	} {
		if _, err := gitlab.New(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}
