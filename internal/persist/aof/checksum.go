package aof

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"time"

	"redoubt/internal/persist/crc64"
)

// Commands have no checksum, but readers pass over annotations, so the log writes one of its own now and then:
//
//	#CRC:0123456789abcdef
//
// is the CRC-64 of all bytes of the file from the end of the last such line on, or from where its commands begin. A flipped bit
// is found wherever it is, except behind the last line of a file: at most checksumEvery bytes, of the last second.

const (
	checksumMark = "#CRC:"
	// checksumEvery is how many bytes are written between two checksums, about.
	checksumEvery = 4 << 10
	// checksumPeriod is how long bytes may be without one.
	checksumPeriod = time.Second
)

// Checksum is that of the end of a file: of the bytes behind its last checksum. The zero value is that of an empty file.
type Checksum struct {
	sum    uint64
	length int64
}

func (c *Checksum) add(p []byte) {
	c.sum = crc64.Update(c.sum, p)
	c.length += int64(len(p))
}

// appendTo adds the annotation, behind which the next checksum begins.
func (c *Checksum) appendTo(dst []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, checksumMark...)
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[c.sum>>shift&15])
	}
	*c = Checksum{}
	return append(dst, '\r', '\n')
}

// right tells whether the text behind the mark is the checksum.
func (c *Checksum) right(text []byte) bool {
	sum, err := strconv.ParseUint(string(text), 16, 64)
	return err == nil && sum == c.sum
}

var checksumLine = regexp.MustCompile(checksumMark + "[0-9a-f]{16}\r\n")

// checksumBehind tells whether an annotation with a checksum stands anywhere in a part of a file.
func checksumBehind(in *io.SectionReader) (bool, error) {
	const overlap, window = len(checksumMark) + 16 + 2, 64 << 10
	buf, kept := make([]byte, min(in.Size()+1, window)), 0
	for {
		n, err := io.ReadFull(in, buf[kept:])
		if checksumLine.Match(buf[:kept+n]) {
			return true, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, buf[kept+n-overlap:kept+n])
	}
}
