package command

// ArgType is the type of an argument in COMMAND DOCS' words.
type ArgType string

// Argument types.
const (
	TypeString    ArgType = "string"
	TypeInteger   ArgType = "integer"
	TypeDouble    ArgType = "double"
	TypeKey       ArgType = "key"
	TypePattern   ArgType = "pattern"
	TypeUnixTime  ArgType = "unix-time"
	TypePureToken ArgType = "pure-token"
	TypeOneOf     ArgType = "oneof"
	TypeBlock     ArgType = "block"
)

// Arg is one node of the argument grammar.
type Arg struct {
	Name  string
	Type  ArgType
	Token string
	// KeySpec is the index into Spec.Keys for TypeKey, -1 otherwise.
	KeySpec int
	Since   string
	// Optional, Multiple (may repeat) and MultipleToken (the token repeats with it).
	Optional, Multiple, MultipleToken bool
	// Sub holds the alternatives of TypeOneOf or the parts of TypeBlock.
	Sub []Arg
}

func arg(name string, t ArgType) Arg { return Arg{Name: name, Type: t, KeySpec: -1} }

// Str is a free string.
func Str(name string) Arg { return arg(name, TypeString) }

// Int is an integer.
func Int(name string) Arg { return arg(name, TypeInteger) }

// Double is a floating point number.
func Double(name string) Arg { return arg(name, TypeDouble) }

// Pattern is a glob.
func Pattern(name string) Arg { return arg(name, TypePattern) }

// UnixTime is an absolute time.
func UnixTime(name string) Arg { return arg(name, TypeUnixTime) }

// Key is a key covered by key specification number spec.
func Key(name string, spec int) Arg {
	a := arg(name, TypeKey)
	a.KeySpec = spec
	return a
}

// Token is a bare keyword; its documented name is the lower-case token.
func Token(name, token string) Arg {
	a := arg(name, TypePureToken)
	a.Token = token
	return a
}

// OneOf is a choice.
func OneOf(name string, choices ...Arg) Arg {
	a := arg(name, TypeOneOf)
	a.Sub = choices
	return a
}

// Block is a sequence that belongs together.
func Block(name string, parts ...Arg) Arg {
	a := arg(name, TypeBlock)
	a.Sub = parts
	return a
}

// WithToken puts a keyword in front.
func (a Arg) WithToken(token string) Arg { a.Token = token; return a }

// Opt makes the argument optional.
func (a Arg) Opt() Arg { a.Optional = true; return a }

// Many lets the argument repeat.
func (a Arg) Many() Arg { a.Multiple = true; return a }

// ManyTokens lets the argument repeat together with its token.
func (a Arg) ManyTokens() Arg { a.Multiple, a.MultipleToken = true, true; return a }

// SinceVersion notes the version that introduced the argument.
func (a Arg) SinceVersion(v string) Arg { a.Since = v; return a }
