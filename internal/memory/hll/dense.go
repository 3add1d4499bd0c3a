package hll

const (
	registerBits = 6
	registerMask = 1<<registerBits - 1
	// Four registers take exactly three bytes.
	groupRegisters = 4
	groupBytes     = 3
)

// group returns the four registers at p[0:3] in one number.
func group(p []byte) uint32 { return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 }

// denseGet returns register i.
func denseGet(registers []byte, i int) uint8 {
	g := group(registers[i/groupRegisters*groupBytes:])
	return uint8(g >> (i % groupRegisters * registerBits) & registerMask)
}

// denseSet sets register i.
func denseSet(registers []byte, i int, value uint8) {
	p := registers[i/groupRegisters*groupBytes:]
	shift := i % groupRegisters * registerBits
	g := group(p)&^(registerMask<<shift) | uint32(value&registerMask)<<shift
	p[0], p[1], p[2] = byte(g), byte(g>>8), byte(g>>16)
}

// denseMerge makes every register of v at least what it is here.
func denseMerge(registers []byte, v *Values) {
	for i, at := 0, 0; i < Registers; i, at = i+groupRegisters, at+groupBytes {
		g, four := group(registers[at:at+groupBytes]), v[i:i+groupRegisters]
		four[0] = max(four[0], uint8(g&registerMask))
		four[1] = max(four[1], uint8(g>>registerBits&registerMask))
		four[2] = max(four[2], uint8(g>>(2*registerBits)&registerMask))
		four[3] = max(four[3], uint8(g>>(3*registerBits)))
	}
}

// denseCount counts the registers by value.
func denseCount(registers []byte, counts *histogram) {
	for at := 0; at < len(registers); at += groupBytes {
		g := group(registers[at : at+groupBytes])
		counts[g&registerMask]++
		counts[g>>registerBits&registerMask]++
		counts[g>>(2*registerBits)&registerMask]++
		counts[g>>(3*registerBits)&registerMask]++
	}
}
