package rdb_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/persist/rdb"
)

// One file per generation, built byte by byte: what each loads as.
func TestOldGenerations(t *testing.T) {
	long := strings.Repeat("L", 300)
	huge := strings.Repeat("H", 20000)
	allIntegers := ziplistOf("\xf1", "\xfd", "\xfe\x80", "\xc0\x00\x80", "\xf0\xff\xff\x7f", "\xd0\x00\x00\x00\x80",
		"\xe0\x00\x00\x00\x00\x00\x00\x00\x80", "\xc0\x39\x30")
	integers := []string{"0", "12", "-128", "-32768", "8388607", "-2147483648", "-9223372036854775808", "12345"}
	for name, c := range map[string]struct {
		file []byte
		want content
	}{
		"version 1 string":     {file(1, key(0, "k", str("v"))), content{"string", "embstr", -1, []string{"v"}}},
		"string of 32 bit len": {file(1, key(0, "k", "\x80\x00\x00\x00\x01v")), content{"string", "embstr", -1, []string{"v"}}},
		"string of 64 bit len": {file(8, key(0, "k", "\x81\x00\x00\x00\x00\x00\x00\x00\x01v")), content{"string", "embstr", -1, []string{"v"}}},
		"string int8":          {file(3, key(0, "k", "\xc0\x85")), content{"string", "int", -1, []string{"-123"}}},
		"string int16":         {file(3, key(0, "k", "\xc1\x39\x30")), content{"string", "int", -1, []string{"12345"}}},
		"string int32":         {file(3, key(0, "k", "\xc2\x00\x00\x00\x80")), content{"string", "int", -1, []string{"-2147483648"}}},
		"string LZF":           {file(4, key(0, "k", "\xc3\x07\x0c\x02abc\xe0\x00\x02")), content{"string", "embstr", -1, []string{"abcabcabcabc"}}},
		"list":                 {file(1, key(1, "k", n(3)+str("a")+"\xc0\x07"+str(long))), content{"list", "listpack", -1, []string{"a", "7", long}}},
		"set":                  {file(1, key(2, "k", n(2)+str("b")+str("a"))), content{"set", "listpack", -1, []string{"a", "b"}}},
		"set of integers":      {file(1, key(2, "k", n(2)+"\xc0\x07"+"\xc1\x39\x30")), content{"set", "intset", -1, []string{"12345", "7"}}},
		"zset of texts": {file(1, key(3, "k", n(4)+str("b")+"\x031.5"+str("inf")+"\xfe"+str("ninf")+"\xff"+str("a")+"\x04-2e3")),
			content{"zset", "listpack", -1, []string{"ninf", "-Inf", "a", "-2000", "b", "1.5", "inf", "+Inf"}}},
		"hash":         {file(2, key(4, "k", n(2)+str("f")+str("v")+str("g")+"\xc0\x01")), content{"hash", "listpack", -1, []string{"f", "v", "g", "1"}}},
		"zset doubles": {file(8, key(5, "k", n(2)+str("b")+double(2.25)+str("a")+double(-1))), content{"zset", "listpack", -1, []string{"a", "-1", "b", "2.25"}}},
		"zipmap": {file(2, key(9, "k", str(zipmapOf("f", "v", "", long, long, "")))),
			content{"hash", "hashtable", -1, []string{"", long, long, "", "f", "v"}}},
		"list ziplist":     {file(4, key(10, "k", str(ziplistOf(zlText("a"), "\xf3", zlText(long), zlText(huge), zlText("end"))))), content{"list", "quicklist", -1, []string{"a", "2", long, huge, "end"}}},
		"ziplist integers": {file(4, key(10, "k", str(allIntegers))), content{"list", "listpack", -1, integers}},
		"intset 16":        {file(3, key(11, "k", str(intsetOf(2, -5, 7, 300)))), content{"set", "intset", -1, []string{"-5", "300", "7"}}},
		"intset 32":        {file(3, key(11, "k", str(intsetOf(4, -70000, 7)))), content{"set", "intset", -1, []string{"-70000", "7"}}},
		"intset 64":        {file(3, key(11, "k", str(intsetOf(8, -5000000000, 7)))), content{"set", "intset", -1, []string{"-5000000000", "7"}}},
		"zset ziplist":     {file(6, key(12, "k", str(ziplistOf(zlText("a"), zlText("-1.5"), zlText("b"), "\xf3")))), content{"zset", "listpack", -1, []string{"a", "-1.5", "b", "2"}}},
		"hash ziplist":     {file(6, key(13, "k", str(ziplistOf(zlText("f"), zlText("v"), "\xf3", "\xf4")))), content{"hash", "listpack", -1, []string{"2", "3", "f", "v"}}},
		"quicklist 1": {file(7, key(14, "k", n(3)+str(ziplistOf(zlText("a"), "\xf3"))+str(ziplistOf())+str(ziplistOf(zlText("z"))))),
			content{"list", "listpack", -1, []string{"a", "2", "z"}}},
		"expire in seconds": {file(1, "\xfd"+le32(2000000000)+key(0, "k", str("v"))), content{"string", "embstr", 2000000000000, []string{"v"}}},
		"expire in ms":      {file(3, "\xfc"+le64(2000000000123)+key(0, "k", str("v"))), content{"string", "embstr", 2000000000123, []string{"v"}}},
	} {
		t.Run(name, func(t *testing.T) {
			db := newSpaces(t)
			if _, err := loadBytes(c.file, rdb.LoadOptions{Space: pick(db)}); err != nil {
				t.Fatal(err)
			}
			want := map[string]content{quote("k"): c.want.quoted()}
			if diff := cmp.Diff(want, contentsOf(db[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every way in which the old blobs can contradict themselves is refused; the key is named.
func TestDamagedBlobs(t *testing.T) {
	good := ziplistOf(zlText("field"), zlText("value"))
	with := func(s string, i int, b byte) string { return s[:i] + string([]byte{b}) + s[i+1:] }
	for name, record := range map[string]string{
		"ziplist too short":          key(10, "k", str("\x04\x00\x00\x00")),
		"ziplist size":               key(10, "k", str(with(good, 0, 9))),
		"ziplist tail":               key(10, "k", str(with(good, 4, 11))),
		"ziplist count":              key(10, "k", str(with(good, 8, 3))),
		"ziplist no end":             key(10, "k", str(with(good, len(good)-1, 0))),
		"ziplist previous size":      key(10, "k", str(with(good, 17, 6))),
		"ziplist first previous":     key(10, "k", str(with(good, 10, 6))),
		"ziplist text length":        key(10, "k", str(with(good, 11, 40))),
		"ziplist encoding":           key(10, "k", str(with(good, 11, 0xFF))),
		"ziplist end inside":         key(10, "k", str(with(good, 17, 0xFF))),
		"ziplist odd hash":           key(13, "k", str(ziplistOf(zlText("f")))),
		"ziplist equal fields":       key(13, "k", str(ziplistOf("\xf2", "\xf2", zlText("1"), "\xf3"))),
		"ziplist equal members":      key(12, "k", str(ziplistOf(zlText("m"), "\xf2", zlText("m"), "\xf3"))),
		"ziplist score":              key(12, "k", str(ziplistOf(zlText("m"), zlText("1x")))),
		"ziplist NaN":                key(12, "k", str(ziplistOf(zlText("m"), zlText("nan")))),
		"zipmap short":               key(9, "k", str("\xff")),
		"zipmap count":               key(9, "k", str(with(zipmapOf("f", "v"), 0, 2))),
		"zipmap no end":              key(9, "k", str(zipmapOf("f", "v")[:8])),
		"zipmap length":              key(9, "k", str(with(zipmapOf("f", "v"), 1, 200))),
		"zipmap unused":              key(9, "k", str(with(zipmapOf("f", "v"), 4, 200))),
		"zipmap no value":            key(9, "k", str("\x01\x01f\xff")),
		"zipmap equal fields":        key(9, "k", str(zipmapOf("f", "v", "f", "w"))),
		"intset width":               key(11, "k", str(with(intsetOf(2, 1, 2), 0, 3))),
		"intset count":               key(11, "k", str(with(intsetOf(2, 1, 2), 4, 3))),
		"intset order":               key(11, "k", str(intsetOf(2, 2, 1))),
		"intset equal":               key(11, "k", str(intsetOf(2, 2, 2))),
		"set equal members":          key(2, "k", n(2)+str("a")+str("a")),
		"hash equal fields":          key(4, "k", n(2)+str("a")+str("1")+str("a")+str("2")),
		"zset equal members":         key(5, "k", n(2)+str("a")+double(1)+str("a")+double(2)),
		"zset NaN":                   key(3, "k", n(1)+str("a")+"\xfd"),
		"list node kind":             key(18, "k", n(1)+n(3)+str("x")),
		"more elements than bytes":   key(1, "k", "\x81\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"string longer than file":    key(0, "k", "\x80\x7f\xff\xff\xff"),
		"huge string":                key(0, "k", "\x81\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"length encoding":            key(0, "k", "\x82"),
		"string encoding":            key(0, "k", "\xc4"),
		"encoding as a length":       key(1, "k", "\xc0\x01"),
		"LZF bomb":                   key(0, "k", "\xc3\x03\x80\xff\xff\xff\x00abc"),
		"LZF content":                key(0, "k", "\xc3\x07\x0d\x02abc\xe0\x00\x02"),
		"key twice":                  key(0, "k", str("v")) + key(0, "k", str("v")),
		"unknown value type":         key(99, "k", str("v")),
		"listpack empty string":      key(16, "k", str("")),
		"listpack without end":       key(16, "k", str("\x07\x00\x00\x00\x00\x00\x00")),
		"hash listpack odd":          key(16, "k", str("\x09\x00\x00\x00\x01\x00\x01\x01\xff")),
		"hash listpack equal fields": key(16, "k", str("\x0f\x00\x00\x00\x04\x00\x01\x01\x02\x01\x01\x01\x02\x01\xff")),
		"set listpack equal members": key(20, "k", str("\x0d\x00\x00\x00\x02\x00\x81\x31\x02\x81\x31\x02\xff")),
		"set listpack equal as text": key(20, "k", str("\x0c\x00\x00\x00\x02\x00\x01\x01\x81\x31\x02\xff")),
	} {
		t.Run(name, func(t *testing.T) {
			db := newSpaces(t)
			_, err := loadBytes(file(6, record), rdb.LoadOptions{Space: pick(db), Path: "x.rdb"})
			wantCorrupt(t, err, "k", name != "unknown value type")
			if name != "key twice" && db[0].Len() != 0 {
				t.Error("something was left in the database")
			}
		})
	}
}
