package server

import (
	"math"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
)

// conf is the configuration of this moment.
func (s *Server) conf() *config.Snapshot { return s.config.Current() }

// bindSettings hands the configuration to everything that reads it in another form, now and on every change. CONFIG SET
// calls the hooks with the engine lock held, as commands run.
func (s *Server) bindSettings() error {
	c := s.config
	e := s.engine
	e.Lock()
	defer e.Unlock()
	apply := func(next *config.Snapshot) error {
		s.applySettings(next)
		e.EvictClients() // at once when the bound is lower now
		return nil
	}
	if err := apply(s.conf()); err != nil {
		return err
	}
	if err := s.applyOOMScore(s.conf()); err != nil { // the log says why; the server works without
		s.log.Logf(logging.Warning, "%v", err)
	}
	c.OnChange(apply, settingNames...)
	c.OnChange(func(next *config.Snapshot) error {
		if endpoints(next) == s.bound { // as after a CONFIG SET that failed and is taken back
			return nil
		}
		return s.rebind(next)
	}, "port", "tls-port", "bind")
	c.OnChange(s.applyOOMScore, "oom-score-adj", "oom-score-adj-values")
	c.OnChange(s.configureTLS, tlsParameters...)
	c.OnChange(s.applyPassword, "requirepass")
	c.OnChange(s.switchAppendOnly, "appendonly")
	c.OnChange(s.applyLog, "appendfsync", "aof-timestamp-enabled", "aof-checksum", "aof-disable-auto-gc")
	c.OnRewrite("user", s.userLines)
	return nil
}

// settingNames are the parameters that applySettings reads.
var settingNames = []string{
	"maxmemory", "maxmemory-clients", "maxmemory-policy", "maxmemory-samples", "lfu-log-factor", "lfu-decay-time",
	"notify-keyspace-events",
	"lazyfree-lazy-user-flush", "lazyfree-lazy-expire", "lazyfree-lazy-server-del", "slowlog-log-slower-than",
	"slowlog-max-len", "acllog-max-len", "latency-monitor-threshold", "latency-tracking", "maxclients", "tracking-table-max-keys", "proto-max-bulk-len",
	"client-query-buffer-limit", "stop-writes-on-bgsave-error", "client-output-buffer-limit", "loglevel",
	"hash-max-listpack-entries", "hash-max-listpack-value", "set-max-intset-entries", "set-max-listpack-entries",
	"set-max-listpack-value", "zset-max-listpack-entries", "zset-max-listpack-value", "list-max-listpack-size",
	"busy-reply-threshold", "hll-sparse-max-bytes",
	"stream-node-max-bytes", "stream-node-max-entries",
}

// maxSamples bounds the keys looked at for one eviction: more than this improves nothing.
const maxSamples = 64

var policies = map[string]engine.Policy{
	"noeviction": engine.NoEviction, "allkeys-lru": engine.AllKeysLRU, "volatile-lru": engine.VolatileLRU,
	"allkeys-lfu": engine.AllKeysLFU, "volatile-lfu": engine.VolatileLFU, "allkeys-random": engine.AllKeysRandom,
	"volatile-random": engine.VolatileRandom, "volatile-ttl": engine.VolatileTTL,
}

// applySettings copies the configuration into the engine's settings; the engine lock is held.
func (s *Server) applySettings(c *config.Snapshot) {
	e := s.engine
	t := &e.Settings
	t.MaxMemory, t.MaxMemoryClients = c.Int("maxmemory"), c.Int("maxmemory-clients")
	t.MaxMemoryPolicy = policies[c.Text("maxmemory-policy")]
	t.MaxMemorySamples = int(min(c.Int("maxmemory-samples"), maxSamples))
	t.LFULogFactor, t.LFUDecayTime = int(c.Int("lfu-log-factor")), int(c.Int("lfu-decay-time"))
	t.NotifyEvents = engine.ParseEventClasses(c.Text("notify-keyspace-events"))
	t.LazyUserFlush = c.Bool("lazyfree-lazy-user-flush")
	t.LazyExpire, t.LazyServerDel = c.Bool("lazyfree-lazy-expire"), c.Bool("lazyfree-lazy-server-del")
	t.SlowlogSlowerThanUs, t.SlowlogMaxLen = c.Int("slowlog-log-slower-than"), int(min(c.Int("slowlog-max-len"), math.MaxInt32))
	t.ScriptLimit = time.Duration(min(c.Int("busy-reply-threshold"), math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
	e.SlowLog.Trim(t.SlowlogMaxLen)
	t.LatencyThresholdMs, t.LatencyTracking = c.Int("latency-monitor-threshold"), c.Bool("latency-tracking")
	t.MaxClients, t.ProtoMaxBulk = int(c.Int("maxclients")), c.Int("proto-max-bulk-len")
	t.TrackingMaxKeys = c.Int("tracking-table-max-keys")
	e.LimitTracking()
	t.ClientQueryBuffer, t.StopWritesOnSaveError = c.Int("client-query-buffer-limit"), c.Bool("stop-writes-on-bgsave-error")
	t.HLLSparseMaxBytes = int(c.Int("hll-sparse-max-bytes"))
	t.ACLLogMaxLen = int(min(c.Int("acllog-max-len"), math.MaxInt32))
	e.ACLLog.Trim(t.ACLLogMaxLen)
	l := c.OutputLimits()
	for class, v := range map[int]config.OutputLimit{
		engine.OutputNormal: l.Normal, engine.OutputReplica: l.Replica, engine.OutputPubSub: l.PubSub,
	} {
		t.OutputLimits[class] = engine.OutputLimit{
			Hard: int64(min(v.Hard, math.MaxInt64)), Soft: int64(min(v.Soft, math.MaxInt64)), SoftSeconds: int(v.Seconds),
		}
	}
	s.log.SetLevel(logging.ParseLevel(c.Text("loglevel")))
	m := &e.Store().Limits
	m.HashMaxListpackEntries, m.HashMaxListpackValue = int(c.Int("hash-max-listpack-entries")), int(c.Int("hash-max-listpack-value"))
	m.SetMaxIntsetEntries = int(c.Int("set-max-intset-entries"))
	m.SetMaxListpackEntries, m.SetMaxListpackValue = int(c.Int("set-max-listpack-entries")), int(c.Int("set-max-listpack-value"))
	m.ZSetMaxListpackEntries, m.ZSetMaxListpackValue = int(c.Int("zset-max-listpack-entries")), int(c.Int("zset-max-listpack-value"))
	m.ListMaxListpackSize = int(c.Int("list-max-listpack-size"))
	m.StreamNodeMaxBytes, m.StreamNodeMaxEntries = int(c.Int("stream-node-max-bytes")), int(c.Int("stream-node-max-entries"))
}
