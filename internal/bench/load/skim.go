package load

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"redoubt/internal/resp"
)

// Answer is what a stream may know of the replies to its last operation.
type Answer struct {
	// Int is the last integer.
	Int int64
	// Bulk is the last string, if the operation asked to keep it; empty if there was none. It is valid until the next operation.
	Bulk []byte

	errors    int
	firstText string
}

// maxBulk bounds the strings and counts that are believed; Redis' own bound on a string.
const maxBulk = 512 << 20

// skim reads one reply, whatever its form, and forgets it but for what the answer takes. A push message between two
// replies is none: it goes on behind it.
func skim(r *bufio.Reader, keep bool, a *Answer) error {
	for {
		kind, err := r.Peek(1)
		if err != nil {
			return err
		}
		push := kind[0] == resp.TypePush
		if err := skimValue(r, keep, a); err != nil || !push {
			return err
		}
	}
}

// skimValue reads one value with all it contains. Nesting is a count, so that no reply can make it deep.
func skimValue(r *bufio.Reader, keep bool, a *Answer) error {
	for left := int64(1); left > 0; left-- {
		line, err := r.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				return fmt.Errorf("%w: a line of more than %d bytes", resp.ErrProtocol, len(line))
			}
			return err
		}
		if len(line) < 3 {
			return fmt.Errorf("%w: empty line instead of a reply", resp.ErrProtocol)
		}
		text := line[1 : len(line)-2]
		switch line[0] {
		case resp.TypeSimpleString, resp.TypeNull, resp.TypeBool, resp.TypeDouble, resp.TypeBigNumber:
		case resp.TypeInt:
			if a.Int, err = strconv.ParseInt(string(text), 10, 64); err != nil {
				return fmt.Errorf("%w: %q is no integer", resp.ErrProtocol, text)
			}
		case resp.TypeError:
			a.fail(string(text))
		default:
			more, err := skimLong(r, line[0], text, keep, a)
			if err != nil {
				return err
			}
			left += more
		}
	}
	return nil
}

func (a *Answer) fail(text string) {
	if a.errors == 0 {
		a.firstText = text
	}
	a.errors++
}

// skimLong reads what has a length: the body of a string, or the head of an aggregate, of which more values follow.
func skimLong(r *bufio.Reader, kind byte, text []byte, keep bool, a *Answer) (more int64, err error) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < -1 || n > maxBulk {
		return 0, fmt.Errorf("%w: bad length %.40q of type %q", resp.ErrProtocol, text, kind)
	}
	switch kind {
	case resp.TypeArray, resp.TypeSet, resp.TypePush:
		return max(n, 0), nil
	case resp.TypeMap:
		return 2 * max(n, 0), nil
	case '|':
		return 2*n + 1, nil
	case resp.TypeBulk, resp.TypeVerbatim, resp.TypeBulkError:
	default:
		return 0, fmt.Errorf("%w: unknown reply type %q", resp.ErrProtocol, kind)
	}
	if n < 0 {
		return 0, nil
	}
	if kind == resp.TypeBulkError {
		a.fail("an error")
	}
	if !keep {
		_, err = r.Discard(int(n) + 2)
		return 0, err
	}
	if a.Bulk = a.Bulk[:0]; int64(cap(a.Bulk)) < n+2 {
		a.Bulk = make([]byte, 0, n+2)
	}
	a.Bulk = a.Bulk[:n+2]
	_, err = io.ReadFull(r, a.Bulk)
	a.Bulk = a.Bulk[:n]
	return 0, err
}
