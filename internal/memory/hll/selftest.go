package hll

import (
	"encoding/binary"
	"fmt"
)

// selfTestElements is how many elements the self test adds; it takes some milliseconds.
const selfTestElements = 100_000

// SelfTest checks that dense registers keep what is written, that sparse and dense agree, and that estimates are as near
// as they must be: within five standard errors.
func SelfTest() error {
	registers := make([]byte, denseBytes-headerBytes)
	for i := range Registers {
		denseSet(registers, i, uint8(i*7+i/64)&registerMask)
	}
	for i := range Registers {
		if want, got := uint8(i*7+i/64)&registerMask, denseGet(registers, i); got != want {
			return fmt.Errorf("register %d should be %d but is %d", i, want, got)
		}
	}
	grows := New(nil)
	dense, err := ToDense(New(nil))
	if err != nil {
		return err
	}
	var element [8]byte
	for n := 1; n <= selfTestElements; n++ {
		binary.LittleEndian.PutUint64(element[:], uint64(n)*murmurMultiplier)
		if grows, _, err = Add(grows, element[:], 3000); err != nil {
			return err
		}
		dense, _, _ = Add(dense, element[:], 0)
		if n%(selfTestElements/20) != 0 && n != 10 && n != 100 && n != 1000 {
			continue
		}
		a, err := Count(grows)
		if err != nil {
			return err
		}
		b, _ := Count(dense)
		if a != b {
			return fmt.Errorf("sparse and dense disagree: %d and %d of %d", a, b, n)
		}
		if limit := float64(n)*0.0081*5 + 1; float64(b) > float64(n)+limit || float64(b) < float64(n)-limit {
			return fmt.Errorf("the estimate of %d elements is %d", n, b)
		}
	}
	return nil
}
