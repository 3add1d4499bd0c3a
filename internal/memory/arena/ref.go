package arena

import "encoding/binary"

// Ref is the reference of a block: its offset in the mapping in units of 8 bytes, at most 40 bits. 0 is none.
type Ref uint64

// RefSize is the size of a stored Ref in bytes.
const RefSize = 5

// maxReserve is what a Ref can address, in bytes.
const maxReserve = 1 << (8*RefSize + 3)

// PutRef stores r in the first 5 bytes of b, little endian.
func PutRef(b []byte, r Ref) {
	_ = b[4]
	binary.LittleEndian.PutUint32(b, uint32(r))
	b[4] = byte(r >> 32)
}

// GetRef reads what PutRef has stored.
func GetRef(b []byte) Ref {
	_ = b[4]
	return Ref(binary.LittleEndian.Uint32(b)) | Ref(b[4])<<32
}
