// Package listpack reads and writes Redis' listpack: a sequence of strings and integers in one byte slice.
package listpack

// Value is one entry: a view of its bytes, or an integer.
type Value struct {
	Bytes []byte
	Int   int64
	IsInt bool
}

func (v Value) Append(dst []byte) []byte               { return dst }
func (v Value) Equal(s []byte) bool                    { return false }
func New(dst []byte) []byte                            { return dst[:0] }
func Len(lp []byte) int                                { return 0 }
func First(lp []byte) int                              { return -1 }
func Last(lp []byte) int                               { return -1 }
func Next(lp []byte, pos int) int                      { return -1 }
func Prev(lp []byte, pos int) int                      { return -1 }
func Seek(lp []byte, index int) int                    { return -1 }
func Get(lp []byte, pos int) Value                     { return Value{} }
func EncodedSize(v []byte) int                         { return 0 }
func Append(lp, v []byte) []byte                       { return lp }
func Prepend(lp, v []byte) []byte                      { return lp }
func Insert(lp []byte, pos int, v []byte) []byte       { return lp }
func Replace(lp []byte, pos int, v []byte) []byte      { return lp }
func Delete(lp []byte, pos, n int) []byte              { return lp }
func Find(lp []byte, from int, v []byte, skip int) int { return -1 }
func Validate(lp []byte, maxEntries int) error         { return nil }
