// Package intset reads and writes Redis' intset: a sorted array of integers of one width.
package intset

func New(dst []byte) []byte                      { return dst[:0] }
func Len(is []byte) int                          { return 0 }
func At(is []byte, i int) int64                  { return 0 }
func Find(is []byte, v int64) (pos int, ok bool) { return 0, false }
func Add(is []byte, v int64) ([]byte, bool)      { return is, false }
func Remove(is []byte, v int64) ([]byte, bool)   { return is, false }
func SizeAfterAdd(is []byte, v int64) int        { return 0 }
func Validate(is []byte) error                   { return nil }
