package rdb

// Versions of the format this package writes. It reads 1 to 11, and whatever a file of a later version has in
// common with them.
const (
	Version10 = 10 // Redis 7.0
	Version11 = 11 // Redis 7.2, Valkey 7.2 and later
	latest    = Version11
)

const (
	magicRedis      = "REDIS"  // followed by four digits
	magicValkey     = "VALKEY" // followed by three digits
	headerSize      = 9
	checksumVersion = 5 // files of earlier versions end with the EOF opcode
)

// Record opcodes; a record that begins with a smaller byte is a key of that value type.
const (
	opSlotInfo       = 0xF4
	opFunction       = 0xF5
	opFunctionPreGA  = 0xF6
	opModuleAux      = 0xF7
	opIdle           = 0xF8
	opFrequency      = 0xF9
	opAux            = 0xFA
	opResizeDB       = 0xFB
	opExpireMillis   = 0xFC
	opExpireSeconds  = 0xFD
	opSelectDB       = 0xFE
	opEOF            = 0xFF
	firstKnownOpcode = opSlotInfo
)

// Value types. Gaps were never used, or only in unreleased versions.
const (
	typeString          = 0
	typeList            = 1
	typeSet             = 2
	typeZSetText        = 3
	typeHash            = 4
	typeZSet            = 5
	typeModulePreGA     = 6
	typeModule          = 7
	typeHashZipmap      = 9
	typeListZiplist     = 10
	typeSetIntset       = 11
	typeZSetZiplist     = 12
	typeHashZiplist     = 13
	typeListQuicklist   = 14
	typeStream1         = 15
	typeHashListpack    = 16
	typeZSetListpack    = 17
	typeListQuicklist2  = 18
	typeStream2         = 19
	typeSetListpack     = 20
	typeStream3         = 21
	lastKnownType       = typeStream3
	quicklistNodePlain  = 1
	quicklistNodePacked = 2
)

// The two top bits of a length say how it goes on.
const (
	length6Bit    = 0 // the other six bits
	length14Bit   = 1 // the other six bits and the next byte, big endian
	lengthLong    = 2 // one of the two markers below
	lengthEncoded = 3 // not a length: the other six bits name a string encoding
	length32Bit   = 0x80
	length64Bit   = 0x81
)

// String encodings. Numbers are little endian.
const (
	encodingInt8  = 0
	encodingInt16 = 1
	encodingInt32 = 2
	encodingLZF   = 3
)

// Texts of at most this length may be integers; texts longer than minCompress may be compressed.
const (
	maxIntText  = 11
	minCompress = 20
)

// What follows the length of a sorted-set score in text form (value type 3), when it is none.
const (
	scoreNaN         = 253
	scoreInfinity    = 254
	scoreNegInfinity = 255
)

// Parts of a module's value; each begins with one of these as a length.
const (
	modulePartEOF    = 0
	modulePartSigned = 1
	modulePartUint   = 2
	modulePartFloat  = 3
	modulePartDouble = 4
	modulePartString = 5
)

// maxString bounds a single string or node: the largest listpack, and more than a client can store.
const maxString = 1<<32 - 1
