package gitlab

import (
	"crypto/sha1"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strconv"

	"redoubt/internal/resp"
)

// pen writes the requests of one stream.
type pen struct {
	rng       *rand.Rand
	noise     string
	cacheKeys int
	job       traceJob

	buf      []byte
	requests int
}

// begin starts an operation.
func (p *pen) begin(dst []byte) { p.buf, p.requests = dst, 0 }

// request appends one request.
func (p *pen) request(words ...string) {
	p.buf = resp.AppendCommandStrings(p.buf, words...)
	p.requests++
}

// transaction encloses what body writes, in one piece as GitLab's clients send it.
func (p *pen) transaction(body func()) {
	p.request("MULTI")
	body()
	p.request("EXEC")
}

func (p *pen) digits(n int) string { return strconv.Itoa(n) }

// between is a number of [low, high].
func (p *pen) between(low, high int) int { return low + p.rng.IntN(high-low+1) }

// zipfExponent is that of the popularity of keys.
const zipfExponent = 0.95

// popular is the number of one of n keys, small numbers more often. It inverts the integral of rank^-s, which is close to
// the sum at this many keys and needs no table.
func (p *pen) popular(n int) int {
	const e = 1 - zipfExponent
	x := math.Pow(1+p.rng.Float64()*(math.Pow(float64(n+1), e)-1), 1/e)
	return min(max(int(x)-1, 0), n-1)
}

// Names of keys are noise of these lengths behind the prefix, the family and the number.
const (
	shortName = 20
	longName  = 130
)

// key is the one with a number of a family. The cache's are long.
func (p *pen) key(family string, id, length int) string {
	b := make([]byte, 0, len(Prefix)+len(family)+length+20)
	b = append(append(b, Prefix...), family...)
	b = strconv.AppendInt(append(b, ':'), int64(id), 10)
	if length > 0 {
		h := mix64(uint64(id))
		b = append(b, ':')
		const digits = "0123456789abcdef"
		for range length - 1 {
			b = append(b, digits[h>>60])
			h = h*6364136223846793005 + 1442695040888963407
		}
	}
	return string(b)
}

// value is a text of n bytes that belongs to a number.
func (p *pen) value(id, n int) string {
	at := int(mix64(uint64(id)) % uint64(len(p.noise)-n+1))
	return p.noise[at : at+n]
}

// sizeClass is a share of the values and their sizes.
type sizeClass struct {
	upTo      float64 // share of this class and those before
	low, high float64 // bytes
}

// cacheSizes are those of what Rails caches.
var cacheSizes = []sizeClass{
	{0.60, 50, 300}, {0.85, 300, 2 << 10}, {0.97, 2 << 10, 20 << 10}, {0.999, 20 << 10, 200 << 10}, {1, 200 << 10, maxValue},
}

const maxValue = 5 << 20

// cacheSize is the size of the value with a number, in bytes: within a class every order of magnitude is as frequent.
func cacheSize(id int) int {
	h := mix64(uint64(id) ^ 0x5bd1e995)
	u := float64(h>>32) / (1 << 32)
	within := float64(h&(1<<32-1)) / (1 << 32)
	for _, c := range cacheSizes {
		if u < c.upTo {
			return int(c.low * math.Pow(c.high/c.low, within))
		}
	}
	return maxValue
}

// mix64 spreads a number over all bits (the finalizer of SplitMix64).
func mix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// makeNoise is text that compresses about as HTML and JSON do: words of a small vocabulary.
func makeNoise(seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 0))
	vocabulary := make([]string, 2000)
	for i := range vocabulary {
		word := make([]byte, 2+rng.IntN(10))
		for j := range word {
			word[j] = byte('a' + rng.IntN(26))
		}
		vocabulary[i] = string(word)
	}
	const size = maxValue + 1<<20
	b := make([]byte, 0, size+16)
	for len(b) < size {
		b = append(append(b, vocabulary[rng.IntN(len(vocabulary))]...), "  \"<>/:,\n"[rng.IntN(9)])
	}
	return string(b[:size])
}

// Script is a Lua script and its hash, by which EVALSHA calls it.
type Script struct{ Text, SHA string }

func newScript(text string) *Script {
	sum := sha1.Sum([]byte(text))
	return &Script{text, hex.EncodeToString(sum[:])}
}
