package gitlab

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"redoubt/internal/bench/load"
)

// Prefix begins every key.
const Prefix = "redoubt-bench:"

// operation is one thing that a client of a profile does.
type operation struct {
	share float64 // of the profile's operations
	write func(*pen)
}

// profile is one use of Redis.
type profile struct {
	name string
	// share is that of all operations which are not of the queues.
	share      float64
	operations []operation
	// keys is how many there are when the cache has the given number; fill writes the one with a number.
	keys func(cacheKeys int) int
	fill func(p *pen, id int)
}

func profiles() []profile {
	return []profile{cacheProfile(), rateLimitProfile(), sessionsProfile(), sharedProfile(), traceProfile()}
}

// queuesName is the profile whose connections are producers and workers.
const queuesName = "queues"

// Names are those of all profiles.
func Names() []string {
	var names []string
	for _, p := range profiles() {
		names = append(names, p.name)
	}
	return append(names, queuesName)
}

// Settings are what a mix is made for.
type Settings struct {
	Profiles    []string // of Names
	Connections int      // at least one, and with queues and another profile three
	Keys        int      // strings of the cache; the other profiles' keys are in proportion
	Seed        uint64
}

// Mix is a load of chosen profiles.
type Mix struct {
	Settings
	profiles []profile // without queues
	queues   bool
	noise    string // of which values are pieces
}

// queueConnections is one in how many connections belongs to the queues when there are other profiles; one in
// producerConnections of those puts jobs in.
const (
	queueConnections    = 5
	producerConnections = 4
)

// New checks the settings.
func New(s Settings) (*Mix, error) {
	m := &Mix{Settings: s, noise: makeNoise(s.Seed)}
	for _, name := range s.Profiles {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("there is no profile %q; the profiles are %s", name, strings.Join(Names(), ", "))
		}
	}
	for _, p := range profiles() {
		if slices.Contains(s.Profiles, p.name) {
			m.profiles = append(m.profiles, p)
		}
	}
	m.queues = slices.Contains(s.Profiles, queuesName)
	least := 1
	switch {
	case len(s.Profiles) == 0:
		return nil, fmt.Errorf("no profiles; the profiles are %s", strings.Join(Names(), ", "))
	case m.queues && len(m.profiles) > 0:
		least = 3 // a producer, a worker, and one for the rest
	case m.queues:
		least = 2
	}
	if s.Connections < least {
		return nil, fmt.Errorf("%d connections are too few: at least %d", s.Connections, least)
	}
	if s.Keys < 1 {
		return nil, fmt.Errorf("%d keys are too few: at least 1", s.Keys)
	}
	return m, nil
}

// Kinds are the names of the profiles, for [load.Load].
func (m *Mix) Kinds() []string {
	var names []string
	for _, p := range m.profiles {
		names = append(names, p.name)
	}
	if m.queues {
		names = append(names, queuesName)
	}
	return names
}

// FillKeys is how many keys the fill writes.
func (m *Mix) FillKeys() (n int) {
	for _, p := range m.profiles {
		n += p.keys(m.Keys)
	}
	return n
}

// Prepare loads the scripts that are called by their hash.
func (m *Mix) Prepare(c *load.Conn) error {
	for _, s := range []*Script{RateLimit, popDue} {
		if _, err := c.Do("SCRIPT", "LOAD", s.Text); err != nil {
			return fmt.Errorf("load a script: %w", err)
		}
	}
	return nil
}

// Streams are what the connections of a run ask for.
func (m *Mix) Streams() []load.Stream {
	ofQueues := 0
	if m.queues {
		ofQueues = m.Connections
		if len(m.profiles) > 0 {
			ofQueues = max(2, m.Connections/queueConnections)
		}
	}
	producers := max(min(ofQueues, 1), ofQueues/producerConnections)
	var streams []load.Stream
	for i := range m.Connections {
		p := m.pen(uint64(i))
		kind := len(m.profiles)
		switch {
		case i < producers:
			streams = append(streams, &producer{pen: p, kind: kind})
		case i < ofQueues:
			streams = append(streams, &worker{pen: p, kind: kind, working: Prefix + "working:queue:default:sidekiq:" + p.digits(i)})
		default:
			streams = append(streams, &mixed{pen: p, profiles: m.profiles})
		}
	}
	return streams
}

// pen is that of one stream.
func (m *Mix) pen(stream uint64) *pen {
	return &pen{rng: rand.New(rand.NewPCG(m.Seed, stream+1)), noise: m.noise, cacheKeys: m.Keys}
}

// mixed draws each operation from the profiles.
type mixed struct {
	*pen
	profiles []profile
}

// Next implements load.Stream.
func (s *mixed) Next(dst []byte, _ *load.Answer) ([]byte, load.Operation) {
	kind := draw(s.rng, s.profiles, func(p profile) float64 { return p.share })
	operations := s.profiles[kind].operations
	s.begin(dst)
	operations[draw(s.rng, operations, func(o operation) float64 { return o.share })].write(s.pen)
	return s.buf, load.Operation{Kind: kind, Requests: s.requests}
}

// draw picks one of some by their shares, whatever these add up to.
func draw[T any](rng *rand.Rand, some []T, share func(T) float64) int {
	sum := 0.0
	for _, one := range some {
		sum += share(one)
	}
	at := rng.Float64() * sum
	for i, one := range some {
		if at -= share(one); at < 0 {
			return i
		}
	}
	return len(some) - 1
}

// FillStreams write all keys once, on so many connections. Kinds are those of [Mix.Kinds].
func (m *Mix) FillStreams(connections int) []load.Stream {
	var streams []load.Stream
	for i := range connections {
		streams = append(streams, &filler{pen: m.pen(1<<32 + uint64(i)), profiles: m.profiles, first: i, step: connections})
	}
	return streams
}

// filler writes every step'th key of all profiles, from the first on.
type filler struct {
	*pen
	profiles    []profile
	kind        int
	first, step int
	id          int // how many of the current profile are written
}

// fillBytes is about how much is written in one operation.
const fillBytes = 64 << 10

// Next implements load.Stream.
func (f *filler) Next(dst []byte, _ *load.Answer) ([]byte, load.Operation) {
	f.begin(dst)
	for f.kind < len(f.profiles) && len(f.buf) < fillBytes {
		p := f.profiles[f.kind]
		id := f.first + f.id*f.step
		if id >= p.keys(f.cacheKeys) {
			if f.requests > 0 {
				break // an operation is of one kind
			}
			f.kind, f.id = f.kind+1, 0
			continue
		}
		p.fill(f.pen, id)
		f.id++
	}
	return f.buf, load.Operation{Kind: min(f.kind, len(f.profiles)-1), Requests: f.requests}
}
