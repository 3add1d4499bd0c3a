package rdb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/crc64"
	"redoubt/internal/persist/rdb"
)

// payload puts a footer behind a type and a value.
func payload(version int, body string) []byte {
	out := binary.LittleEndian.AppendUint16([]byte(body), uint16(version))
	return binary.LittleEndian.AppendUint64(out, crc64.Checksum(out))
}

// The payload of a known value, byte for byte.
func TestDumpBytes(t *testing.T) {
	db := newSpaces(t)
	var p rdb.Payloads
	got, err := p.AppendDump([]byte("x"), db[0].SetString([]byte("k"), []byte("hello"), false), rdb.Version11, true)
	if err != nil {
		t.Fatal(err)
	}
	if want := append([]byte("x"), payload(11, "\x00\x05hello")...); !bytes.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Every value survives DUMP and RESTORE under another name, in both versions.
func TestDumpRoundTrip(t *testing.T) {
	var p rdb.Payloads
	rapid.Check(t, func(t *rapid.T) {
		store := newStore(t, 1)
		defer store.Arena().Close()
		from, to := store.NewSpace(), store.NewSpace()
		populate(t, from)
		version := rapid.SampledFrom([]int{rdb.Version10, rdb.Version11}).Draw(t, "version")
		compress := rapid.Bool().Draw(t, "compress")
		want := contentsOf(from)
		for k, v := range want {
			v.ExpireAt = -1 // not part of the payload
			want[k] = v
		}
		from.ForEach(func(e keyspace.Entry) bool {
			data, err := p.AppendDump(nil, e, version, compress)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Restore(to, e.Key(), data); err != nil {
				t.Fatalf("%q: %v", e.Key(), err)
			}
			return true
		})
		if diff := cmp.Diff(want, contentsOf(to)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Which of the two replies a bad payload gets, and that it leaves nothing behind.
func TestRestoreErrors(t *testing.T) {
	good := payload(11, "\x00\x05hello")
	flipped := bytes.Clone(good)
	flipped[3] ^= 1
	for name, c := range map[string]struct {
		payload []byte
		want    error
	}{
		"empty":               {nil, rdb.ErrPayloadVersion},
		"shorter than footer": {good[:9], rdb.ErrPayloadVersion},
		"later version":       {payload(12, "\x00\x05hello"), rdb.ErrPayloadVersion},
		"wrong checksum":      {flipped, rdb.ErrPayloadVersion},
		"only a footer":       {payload(11, ""), rdb.ErrBadData},
		"unknown type":        {payload(11, "\x63\x05hello"), rdb.ErrBadData},
		"opcode":              {payload(11, "\xff"), rdb.ErrBadData},
		"value cut off":       {payload(11, "\x00\x06hello"), rdb.ErrBadData},
		"bytes after":         {payload(11, "\x00\x04hello"), rdb.ErrBadData},
		"no elements":         {payload(11, "\x01\x00"), rdb.ErrBadData},
		"second half bad":     {payload(11, "\x02\x02\x01a\x01a"), rdb.ErrBadData},
		"stream":              {payload(11, "\x15\x00"), rdb.ErrBadData},
	} {
		db := newSpaces(t)
		var p rdb.Payloads
		_, err := p.Restore(db[0], []byte("k"), c.payload)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if db[0].Len() != 0 {
			t.Errorf("%s: left something behind", name)
		}
		if _, err := p.Restore(db[0], []byte("k"), good); err != nil {
			t.Errorf("%s: afterwards a good one: %v", name, err)
		}
	}
	if rdb.ErrPayloadVersion.Error() != "DUMP payload version or checksum are wrong" || rdb.ErrBadData.Error() != "Bad data format" {
		t.Error("the texts are part of the protocol")
	}
}

// A key that exists is not overwritten, whatever the payload.
func TestRestoreKeepsAnExistingKey(t *testing.T) {
	db := newSpaces(t)
	db[0].SetString([]byte("k"), []byte("old"), false)
	var p rdb.Payloads
	for _, body := range []string{"\x00\x03new", "\x01\x01\x03new"} {
		if _, err := p.Restore(db[0], []byte("k"), payload(11, body)); err == nil {
			t.Error("restored over an existing key")
		}
		if e, ok := db[0].Find([]byte("k")); !ok || string(e.AppendString(nil)) != "old" {
			t.Error("the old value is gone")
		}
	}
}

func TestLibraryPayloads(t *testing.T) {
	var p rdb.Payloads
	codes := []string{"#!lua name=a\nx", strings.Repeat("again ", 100), ""}
	for _, version := range []int{rdb.Version10, rdb.Version11} {
		for _, compress := range []bool{false, true} {
			got, err := p.Libraries(p.AppendLibraries(nil, codes, version, compress))
			if diff := cmp.Diff(codes, got); diff != "" || err != nil {
				t.Errorf("version %d, compress %v: %v %s", version, compress, err, diff)
			}
		}
	}
	for name, bad := range map[string]struct{ body, want string }{
		"a value":           {"\x00" + str("v"), "given type is not a function"},
		"release candidate": {"\xf6" + str("x"), "given type is not a function"},
		"a value behind":    {"\xf5" + str("x") + "\x00" + str("v"), "given type is not a function"},
		"cut":               {"\xf5\x05ab", "Failed loading library payload"},
		"opcode only":       {"\xf5", "Failed loading library payload"},
		"promises much":     {"\xf5\x80\x7f\xff\xff\xff", "Failed loading library payload"},
	} {
		if _, err := p.Libraries(payload(11, bad.body)); err == nil || err.Error() != bad.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Libraries(payload(99, "")); !errors.Is(err, rdb.ErrPayloadVersion) {
		t.Errorf("a later version: %v", err)
	}
	if _, err := p.Libraries(nil); !errors.Is(err, rdb.ErrPayloadVersion) {
		t.Errorf("no payload: %v", err)
	}
}
