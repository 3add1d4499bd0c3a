package keyspace

import "errors"

// ErrWrongType says that a key holds another kind of value than the one asked for.
var ErrWrongType = errors.New("WRONGTYPE Operation against a key holding the wrong kind of value")

// Kind is the type of a value as a client sees it.
type Kind uint8

// The kinds of values.
const (
	KindString Kind = iota + 1
	KindList
	KindSet
	KindZSet
	KindHash
	KindStream
)

var kindNames = [...]string{"none", "string", "list", "set", "zset", "hash", "stream"}

// String returns the name TYPE replies with; "none" for the zero Kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Encoding is the representation of a value, in the terms of OBJECT ENCODING.
type Encoding uint8

// The encodings of values.
const (
	EncInt Encoding = iota + 1
	EncEmbstr
	EncRaw
	EncListpack
	EncQuicklist
	EncIntset
	EncHashtable
	EncSkiplist
	EncStream
)

var encodingNames = [...]string{"unknown", "int", "embstr", "raw", "listpack", "quicklist", "intset", "hashtable", "skiplist", "stream"}

// String returns the name OBJECT ENCODING replies with.
func (e Encoding) String() string {
	if int(e) < len(encodingNames) {
		return encodingNames[e]
	}
	return encodingNames[0]
}

// Limits are the thresholds at which small encodings become large ones, with the
// names and meanings of the configuration directives (hash-max-listpack-entries, …).
type Limits struct {
	HashMaxListpackEntries, HashMaxListpackValue                    int
	SetMaxIntsetEntries, SetMaxListpackEntries, SetMaxListpackValue int
	ZSetMaxListpackEntries, ZSetMaxListpackValue                    int
	ListMaxListpackSize                                             int // -1..-5: 4..64 KB; > 0: entries
	StreamNodeMaxBytes, StreamNodeMaxEntries                        int // 0: no limit
}

// DefaultLimits returns the defaults of Redis 7.2.
func DefaultLimits() Limits {
	return Limits{
		HashMaxListpackEntries: 512, HashMaxListpackValue: 64,
		SetMaxIntsetEntries: 512, SetMaxListpackEntries: 128, SetMaxListpackValue: 64,
		ZSetMaxListpackEntries: 128, ZSetMaxListpackValue: 64,
		ListMaxListpackSize: -2,
		StreamNodeMaxBytes:  4096, StreamNodeMaxEntries: 100,
	}
}
