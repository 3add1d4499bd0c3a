package script

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestNumbers holds what redis-server says to numbers in texts, in strings and in JSON.
func TestNumbers(t *testing.T) {
	const malformed = "user_script:1: malformed number near "
	for _, c := range []struct{ expression, want string }{
		{`0x1p4`, `16`}, {`0xep1`, `28`}, {`0X1P4`, `16`}, {`0x1p1024`, `inf`}, {`0x10`, `16`}, {`0xffffffffffffffffff`, `4.7223664828696e+21`},
		{`0x.8`, malformed + `'0x'`}, {`0x`, malformed + `'0x'`}, {`0x1p`, malformed + `'0x1p'`}, {`0x1p+2`, malformed + `'0x1p'`},
		{`0xg`, malformed + `'0xg'`}, {`1e5`, `100000`}, {`1e+5`, `100000`}, {`1E-2`, `0.01`}, {`1e`, malformed + `'1e'`},
		{`1e+`, malformed + `'1e+'`}, {`1e++5`, malformed + `'1e+'`}, {`1e5x`, malformed + `'1e5x'`}, {`1p4`, malformed + `'1p4'`},
		{`1_0`, malformed + `'1_0'`}, {`3..2`, malformed + `'3..2'`}, {`3.`, `3`}, {`.5`, `0.5`}, {`5.e1`, `50`}, {`08`, `8`}, {`1e309`, `inf`},
		{`1e5..0x10`, `10000016`}, {`0x10 ..0x10`, `1616`}, {`0x10..1`, `161`}, {`({0x1p1,x1e=5}).x1e`, `5`},
		{`0x1p4+"0x1p4"`, `32`}, {`1 --[[ 0x1p4 1e ]] + 0x1p1`, `3`}, {"1 -- 0x1p4 1e\n+1", `2`}, {`"0x1p4 1e"`, `0x1p4 1e`}, {`[[0x1p4]]`, `0x1p4`},
		{`[==[0x]1p4]==]`, `0x]1p4`}, {`#"a\"0x1p4"`, `7`}, {`#'0x1p4'`, `5`},
		{`tonumber("10\0x",16)`, `16`}, {`tonumber("0x10",16)`, `16`}, {`tonumber("0x",16)`, `nil`}, {`tonumber(" -ff ",16)`, `1.844674407371e+19`},
		{`tonumber("1e",36)`, `50`}, {`tonumber("zzzzzzzzzzzzzzzzzzzz",36)`, `1.844674407371e+19`}, {`tonumber("-zzzzzzzzzzzzzzzzzzzz",36)`, `1.844674407371e+19`},
		{`tonumber("-ffffffffffffffff",16)`, `1`}, {`tonumber("-",16)`, `nil`},
	} {
		got := eval(t, NewCache("7.2.4"), "return tostring("+c.expression+")", time.Second)
		if body, bulk := bulkOf(got); bulk && body != c.want || !bulk && !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.expression, got, c.want)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"0x1p4", "16"}, {"0x.8", "0.5"}, {"0x8.", "8"}, {" -0x.8p1 ", "-1"}, {"0x", "nil"}, {"0x1p", "nil"}, {"1e", "nil"}, {"1e5", "100000"},
		{" 10 ", "10"}, {"0x10 ", "16"}, {"\v10\f", "10"}, {"10\x00x", "10"}, {"", "nil"}, {"  ", "nil"}, {"+5", "5"}, {"- 5", "nil"}, {"+", "nil"},
		{"inf", "inf"}, {"-Infinity", "-inf"}, {"infini", "nil"}, {"nan", "nan"}, {"-nan", "-nan"}, {"nan(0x7)", "nan"}, {"nan(-)", "nil"},
		{"nan(", "nil"}, {"nan()", "nan"}, {"0b1", "nil"}, {"1_0", "nil"}, {"1,5", "nil"}, {"5.", "5"}, {".5", "0.5"}, {".", "nil"}, {"1e309", "inf"},
		{"1e-400", "0"}, {"0x1p-1074", "4.9406564584125e-324"},
	} {
		got := eval(t, NewCache("7.2.4"), "return tostring(tonumber(ARGV[1]))", time.Second, c.text)
		if body, _ := bulkOf(got); body != c.want {
			t.Errorf("tonumber(%q): got %q, want %q", c.text, got, c.want)
		}
	}
	const invalidNumber, invalidToken = "found invalid number at character 2", "found invalid token at character 2"
	for _, c := range []struct{ text, lax, strict string }{
		{"0x1p4", "16", invalidNumber}, {"01", "1", invalidNumber}, {"+5", "5", invalidToken}, {".5", invalidToken, invalidToken}, {"-.5", "-0.5", "-0.5"},
		{"5.", "5", "5"}, {"1e999", "inf", "inf"}, {"-inf", "-inf", invalidNumber}, {"Infinity", "inf", invalidToken}, {"nan(1)", "nan", invalidToken},
		{"-", invalidNumber, invalidNumber}, {"+", invalidNumber, invalidToken}, {"0x", "found invalid token at character 3", invalidNumber},
		{"1e", "found invalid token at character 3", "found invalid token at character 3"}, {"--1", invalidNumber, invalidNumber},
	} {
		for switched, want := range map[string]string{"true": c.lax, "false": c.strict} {
			got := eval(t, NewCache("7.2.4"), `cjson.decode_invalid_numbers(`+switched+`)
				local ok, v = pcall(cjson.decode, "["..ARGV[1].."]") return ok and tostring(v[1]) or v`, time.Second, c.text)
			if body, _ := bulkOf(got); !strings.HasSuffix(body, want) || body != want && !strings.HasPrefix(want, "found") {
				t.Errorf("%q as JSON (invalid numbers: %s): got %q, want %q", c.text, switched, body, want)
			}
		}
	}
}

// bulkOf is the content of a bulk string; false for other replies.
func bulkOf(reply string) (string, bool) {
	_, body, _ := strings.Cut(reply, "\r\n")
	return strings.TrimSuffix(body, "\r\n"), strings.HasPrefix(reply, "$")
}

// FuzzStrtod: what is read is a number by strconv's rules too and has its value, and nothing longer is one.
func FuzzStrtod(f *testing.F) {
	for _, seed := range []string{"0x1p4", "1e5", "-0x.8", "nan(1)", "1e+", "0x", "infinity", "1.2.3", "08", "+.5e-3x"} {
		f.Add(seed)
	}
	known := func(s string) (float64, bool) {
		body := strings.ToLower(strings.TrimLeft(s, "+-"))
		if strings.ContainsAny(s, "_") || strings.Contains(body, "n") {
			return 0, false // of ours alone
		}
		if strings.HasPrefix(body, "0x") && !strings.Contains(body, "p") {
			s += "p0"
		}
		v, err := strconv.ParseFloat(s, 64)
		return v, err == nil || strings.Contains(err.Error(), "range")
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, n := strtod(s)
		if n < 0 || n > len(s) {
			t.Fatalf("%q: %d bytes", s, n)
		}
		if want, ok := known(s[:n]); ok && math.Float64bits(want) != math.Float64bits(v) {
			t.Errorf("%q: got %v, want %v", s[:n], v, want)
		} else if !ok && n > 0 && !strings.ContainsAny(s[:n], "nN") {
			t.Errorf("%q is read as %v", s[:n], v)
		}
		for longer := n + 1; longer <= min(len(s), n+8); longer++ {
			if _, ok := known(s[:longer]); ok {
				t.Errorf("%q: only %q is read", s, s[:n])
			}
		}
	})
}

// FuzzPlainNumerals: a text keeps its meaning, which shows in a string that it is put into.
func FuzzPlainNumerals(f *testing.F) {
	for _, seed := range []string{"return 0x10", "x = 'a 0x1'", "--[[ 0x", "[==[ 0x ]=] ]==] 0x1p1", "\"\\", "1..2", "a.b.c0x1", "--0x\r0x2", "[[", "]]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, line, err := plainNumerals(text)
		if err != nil {
			if line < 1 || line > 1+strings.Count(text, "\n") {
				t.Errorf("%q: line %d", text, line)
			}
			return
		}
		if again, _, err := plainNumerals(plain); err != nil || again != plain {
			t.Errorf("%q became %q, which becomes %q (%v)", text, plain, again, err)
		}
		if !strings.ContainsAny(text, "xX") && plain != text {
			t.Errorf("%q became %q", text, plain)
		}
		if strings.Count(plain, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q became %q: lines are missing", text, plain)
		}
		if level := longest(text, '='); level < 40 {
			bracket := strings.Repeat("=", level+1)
			quoted := fmt.Sprintf("[%s[%s]%s]", bracket, text, bracket)
			if kept, _, err := plainNumerals(quoted); err != nil || kept != quoted {
				t.Errorf("%q became %q (%v)", quoted, kept, err)
			}
		}
	})
}

// longest is the length of the longest run of a byte.
func longest(s string, c byte) (n int) {
	run := 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		n = max(n, run)
	}
	return n
}
