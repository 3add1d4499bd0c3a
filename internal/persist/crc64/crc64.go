// Package crc64 computes the checksum that ends every RDB file and every DUMP payload: CRC-64 with the Jones
// polynomial, reflected, starting at 0 and without a final complement. The check value of "123456789" is
// e9c6d914c4b8d9ca.
//
// The standard library's hash/crc64 complements its input and output and reads this polynomial at 0.3 GB/s on a
// small machine; loading a dump would spend most of its time there. Slicing by 16 looks up sixteen bytes at a
// time in as many tables (32 KB, which fits the first level cache) and is several times faster.
package crc64

import "encoding/binary"

// Size is the length of a checksum in bytes.
const Size = 8

// jones is the polynomial with its bits reversed, as a reflected CRC uses it.
const jones = 0x95AC9329AC4BC9B5

const slices = 16

// tables[k][b] is the checksum of byte b followed by k zero bytes. Built once, read only afterwards.
var tables = buildTables()

func buildTables() *[slices][256]uint64 {
	t := new([slices][256]uint64)
	for b := range 256 {
		crc := uint64(b)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ jones
			} else {
				crc >>= 1
			}
		}
		t[0][b] = crc
	}
	for k := 1; k < slices; k++ {
		for b := range 256 {
			prev := t[k-1][b]
			t[k][b] = prev>>8 ^ t[0][byte(prev)]
		}
	}
	return t
}

// Checksum returns the checksum of p.
func Checksum(p []byte) uint64 { return Update(0, p) }

// Update returns the checksum of everything that crc covers followed by p. A new checksum starts at 0.
func Update(crc uint64, p []byte) uint64 {
	t := tables
	for len(p) >= slices {
		lo := binary.LittleEndian.Uint64(p) ^ crc
		hi := binary.LittleEndian.Uint64(p[8:])
		crc = t[15][byte(lo)] ^ t[14][byte(lo>>8)] ^ t[13][byte(lo>>16)] ^ t[12][byte(lo>>24)] ^
			t[11][byte(lo>>32)] ^ t[10][byte(lo>>40)] ^ t[9][byte(lo>>48)] ^ t[8][byte(lo>>56)] ^
			t[7][byte(hi)] ^ t[6][byte(hi>>8)] ^ t[5][byte(hi>>16)] ^ t[4][byte(hi>>24)] ^
			t[3][byte(hi>>32)] ^ t[2][byte(hi>>40)] ^ t[1][byte(hi>>48)] ^ t[0][byte(hi>>56)]
		p = p[slices:]
	}
	for _, b := range p {
		crc = crc>>8 ^ t[0][byte(crc)^b]
	}
	return crc
}
