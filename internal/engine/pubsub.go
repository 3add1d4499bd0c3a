package engine

import (
	"slices"

	"redoubt/internal/glob"
	"redoubt/internal/resp"
)

// pubsub holds who listens to what. Subscribers are kept in the order of subscription.
type pubsub struct {
	channels map[string][]*Client
	shards   map[string][]*Client
	patterns []patternSub
	// patternCount counts subscribers per pattern, for PUBSUB NUMPAT and INFO.
	patternCount map[string]int
}

type patternSub struct {
	pattern string
	client  *Client
}

// subscriptions are those of one client; the maps are nil until the first.
type subscriptions struct{ channels, patterns, shards map[string]struct{} }

func (s *subscriptions) count() int { return len(s.channels) + len(s.patterns) + len(s.shards) }

// SubKind is one of the three kinds of subscription.
type SubKind uint8

// Kinds of subscription.
const (
	SubChannel SubKind = iota
	SubPattern
	SubShard
)

func (s *subscriptions) of(k SubKind) *map[string]struct{} {
	switch k {
	case SubPattern:
		return &s.patterns
	case SubShard:
		return &s.shards
	}
	return &s.channels
}

func (p *pubsub) init() {
	p.channels = map[string][]*Client{}
	p.shards = map[string][]*Client{}
	p.patternCount = map[string]int{}
}

// Subscribe adds a subscription and returns the count that the confirmation shows.
func (e *Engine) Subscribe(c *Client, k SubKind, name string) int {
	set := c.subs.of(k)
	if _, have := (*set)[name]; !have {
		if *set == nil {
			*set = map[string]struct{}{}
		}
		(*set)[name] = struct{}{}
		switch k {
		case SubChannel:
			e.pubsub.channels[name] = append(e.pubsub.channels[name], c)
		case SubShard:
			e.pubsub.shards[name] = append(e.pubsub.shards[name], c)
		case SubPattern:
			e.pubsub.patterns = append(e.pubsub.patterns, patternSub{name, c})
			e.pubsub.patternCount[name]++
		}
	}
	return c.SubCount(k)
}

// Unsubscribe removes a subscription, if there is one, and returns the count that the confirmation shows.
func (e *Engine) Unsubscribe(c *Client, k SubKind, name string) int {
	set := *c.subs.of(k)
	if _, have := set[name]; have {
		delete(set, name)
		switch k {
		case SubChannel:
			dropSubscriber(e.pubsub.channels, name, c)
		case SubShard:
			dropSubscriber(e.pubsub.shards, name, c)
		case SubPattern:
			e.pubsub.patterns = slices.DeleteFunc(e.pubsub.patterns, func(p patternSub) bool {
				return p.client == c && p.pattern == name
			})
			e.pubsub.forgetPattern(name)
		}
	}
	return c.SubCount(k)
}

func dropSubscriber(m map[string][]*Client, name string, c *Client) {
	list := m[name]
	if i := slices.Index(list, c); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(m, name)
		return
	}
	m[name] = list
}

// SubCount is the count in subscription confirmations: channels and patterns together, shard channels on their own.
func (c *Client) SubCount(k SubKind) int {
	if k == SubShard {
		return len(c.subs.shards)
	}
	return len(c.subs.channels) + len(c.subs.patterns)
}

// Subscriptions lists a client's subscriptions of a kind, sorted.
func (c *Client) Subscriptions(k SubKind) []string {
	var out []string
	for name := range *c.subs.of(k) {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (p *pubsub) dropAll(c *Client) {
	if c.subs.count() == 0 {
		return
	}
	for name := range c.subs.channels {
		dropSubscriber(p.channels, name, c)
	}
	for name := range c.subs.shards {
		dropSubscriber(p.shards, name, c)
	}
	if len(c.subs.patterns) > 0 { // one pass, however many patterns there are
		p.patterns = slices.DeleteFunc(p.patterns, func(s patternSub) bool { return s.client == c })
		for name := range c.subs.patterns {
			p.forgetPattern(name)
		}
	}
	c.subs = subscriptions{}
}

func (p *pubsub) forgetPattern(name string) {
	if p.patternCount[name]--; p.patternCount[name] == 0 {
		delete(p.patternCount, name)
	}
}

// Publish delivers a message to the subscribers of a channel and of matching patterns and returns how many got it.
func (e *Engine) Publish(channel, message []byte) int {
	n := 0
	for _, c := range e.pubsub.channels[string(channel)] {
		e.deliver(c, "message", nil, channel, message)
		n++
	}
	for _, p := range e.pubsub.patterns {
		if glob.Match(p.pattern, string(channel)) {
			e.deliver(p.client, "pmessage", []byte(p.pattern), channel, message)
			n++
		}
	}
	return n
}

// PublishShard delivers to the subscribers of a shard channel.
func (e *Engine) PublishShard(channel, message []byte) int {
	list := e.pubsub.shards[string(channel)]
	for _, c := range list {
		e.deliver(c, "smessage", nil, channel, message)
	}
	return len(list)
}

func (e *Engine) deliver(c *Client, kind string, pattern, channel, message []byte) {
	if c.Killed {
		return
	}
	w := c.pushTo()
	n := 3
	if pattern != nil {
		n = 4
	}
	w.Push(n)
	w.BulkString(kind)
	if pattern != nil {
		w.Bulk(pattern)
	}
	w.Bulk(channel)
	w.Bulk(message)
	e.pushed(c)
}

// ActiveChannels lists channels (or shard channels) with subscribers that match pattern.
func (e *Engine) ActiveChannels(k SubKind, pattern string) []string {
	m := e.pubsub.channels
	if k == SubShard {
		m = e.pubsub.shards
	}
	var out []string
	for name := range m {
		if glob.Match(pattern, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Subscribers is the number of subscribers of a channel (not counting patterns) or shard channel.
func (e *Engine) Subscribers(k SubKind, name string) int {
	if k == SubShard {
		return len(e.pubsub.shards[name])
	}
	return len(e.pubsub.channels[name])
}

// PatternCount is the number of distinct patterns with subscribers.
func (e *Engine) PatternCount() int { return len(e.pubsub.patternCount) }

// Confirm writes one subscription confirmation. A nil name (UNSUBSCRIBE without any subscription) is a null.
func Confirm(w *resp.Writer, kind string, name []byte, count int) {
	w.Push(3)
	w.BulkString(kind)
	if name == nil {
		w.Null()
	} else {
		w.Bulk(name)
	}
	w.Int(int64(count))
}

// Listens tells whether the client has a subscription, to a channel or a pattern of them, of which f says true.
func (c *Client) Listens(f func(name string, pattern bool) bool) bool {
	for _, set := range []map[string]struct{}{c.subs.channels, c.subs.shards} {
		for name := range set {
			if f(name, false) {
				return true
			}
		}
	}
	for name := range c.subs.patterns {
		if f(name, true) {
			return true
		}
	}
	return false
}
