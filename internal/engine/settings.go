package engine

import "time"

// Settings are the configuration values that execution reads. The server writes them under the engine lock when the
// configuration changes.
type Settings struct {
	MaxMemory int64
	// MaxMemoryClients bounds the memory of all clients together, 0 for no bound; a negative number is a percentage of MaxMemory.
	MaxMemoryClients      int64
	MaxMemoryPolicy       Policy
	MaxMemorySamples      int
	LFULogFactor          int
	LFUDecayTime          int // minutes
	NotifyEvents          EventClass
	LazyUserFlush         bool
	LazyExpire            bool // the effect of a deadline in the past is UNLINK, not DEL
	LazyServerDel         bool // the same for what empties a key
	ActiveExpire          bool
	DebugInScripts        bool  // scripts may call DEBUG and CLIENT LIST
	SlowlogSlowerThanUs   int64 // negative: off
	SlowlogMaxLen         int
	ACLLogMaxLen          int
	LatencyThresholdMs    int64 // 0: off
	LatencyTracking       bool
	MaxClients            int
	TrackingMaxKeys       int64 // of the keys that tracking clients have read; 0: no bound
	ProtoMaxBulk          int64
	ClientQueryBuffer     int64
	StopWritesOnSaveError bool
	HLLSparseMaxBytes     int // above this size a sparse HyperLogLog becomes dense
	// ScriptLimit is the time after which a script lets others in (busy-reply-threshold); 0: never.
	ScriptLimit time.Duration
	// PasswordRequired is true when the default user has a password or is off: connections start unauthenticated.
	PasswordRequired bool
	OutputLimits     [OutputClasses]OutputLimit
	// MaxReply bounds what the commands of a client that has no hard output limit, or those of a script, may reply at a time, in
	// bytes: what the machine has memory for. 0: no bound.
	MaxReply int64
}

// Output buffer classes of client-output-buffer-limit.
const (
	OutputNormal = iota
	OutputReplica
	OutputPubSub
	OutputClasses
)

// OutputLimit bounds unsent output: at once above Hard bytes, or above Soft bytes for SoftSeconds. 0 means unlimited.
type OutputLimit struct {
	Hard, Soft  int64
	SoftSeconds int
}

// Policy is a maxmemory policy.
type Policy uint8

// The eight policies.
const (
	NoEviction Policy = iota
	AllKeysLRU
	VolatileLRU
	AllKeysLFU
	VolatileLFU
	AllKeysRandom
	VolatileRandom
	VolatileTTL
)

// LFU tells whether the policy keeps access frequencies instead of access times.
func (p Policy) LFU() bool { return p == AllKeysLFU || p == VolatileLFU }

// DefaultSettings are those of a server without a configuration file.
func DefaultSettings() Settings {
	s := Settings{
		MaxMemorySamples: 5, LFULogFactor: 10, LFUDecayTime: 1, ActiveExpire: true, SlowlogSlowerThanUs: 10000, SlowlogMaxLen: 128,
		ACLLogMaxLen:    128,
		LatencyTracking: true, MaxClients: 10000, TrackingMaxKeys: 1000000, ProtoMaxBulk: 512 << 20, ClientQueryBuffer: 1 << 30,
		StopWritesOnSaveError: true, HLLSparseMaxBytes: 3000, ScriptLimit: 5 * time.Second,
	}
	s.OutputLimits[OutputReplica] = OutputLimit{256 << 20, 64 << 20, 60}
	s.OutputLimits[OutputPubSub] = OutputLimit{32 << 20, 8 << 20, 60}
	return s
}
