package hll

import "encoding/binary"

// The hash is MurmurHash64A (Austin Appleby, public domain) with Redis' seed: it decides which register an element falls
// into, so it is part of the format.
const (
	murmurSeed       = 0xadc83b19
	murmurMultiplier = 0xc6a4a7935bd1e995
	murmurShift      = 47
)

func murmur64(data []byte) uint64 {
	h := murmurSeed ^ uint64(len(data))*murmurMultiplier
	for ; len(data) >= 8; data = data[8:] {
		k := binary.LittleEndian.Uint64(data) * murmurMultiplier
		k ^= k >> murmurShift
		h = (h ^ k*murmurMultiplier) * murmurMultiplier
	}
	if len(data) > 0 {
		var rest [8]byte
		copy(rest[:], data)
		h = (h ^ binary.LittleEndian.Uint64(rest[:])) * murmurMultiplier
	}
	h = (h ^ h>>murmurShift) * murmurMultiplier
	return h ^ h>>murmurShift
}
