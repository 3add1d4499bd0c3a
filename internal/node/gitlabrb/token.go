package gitlabrb

// place is a position inside one file, kept small because every token and
// node carries one.
type place struct{ line, col int32 }

type tokenKind uint8

const (
	tokEOF       tokenKind = iota
	tokError               // text was no Ruby, or Ruby that is refused: token.err
	tokNewline             // end of line, or ';'
	tokInt                 // number
	tokFloat               // number
	tokString              // parts; heredocs too
	tokSymbol              // :name, text
	tokDSymbol             // :"parts"
	tokWords               // %w[], %W[]: words
	tokSymbols             // %i[], %I[]: words
	tokLabel               // name: inside a hash or argument list, text
	tokStringLab           // "parts":
	tokIdent               // lower case name, maybe with ? or !
	tokConst               // Upper case name
	tokKeyword             // reserved word
	tokOp                  // operator or punctuation
)

// token is one lexical element. space says that white space came before it,
// which decides in Ruby between `x -1` and `x - 1`.
type token struct {
	kind  tokenKind
	space bool
	at    place
	text  string
	extra *tokenExtra
}

// tokenExtra is what only few tokens have.
type tokenExtra struct {
	number Value
	parts  []part
	words  [][]part
	err    *Error
}

// part is a piece of a string: literal text, or the tokens of one #{…}.
type part struct {
	text string
	code []token // nil for literal text; ends with tokEOF
}

var keywords = map[string]bool{
	"alias": true, "and": true, "begin": true, "BEGIN": true, "break": true, "case": true, "class": true,
	"def": true, "defined?": true, "do": true, "else": true, "elsif": true, "end": true, "END": true,
	"ensure": true, "false": true, "for": true, "if": true, "in": true, "module": true, "next": true,
	"nil": true, "not": true, "or": true, "redo": true, "rescue": true, "retry": true, "return": true,
	"self": true, "super": true, "then": true, "true": true, "undef": true, "unless": true, "until": true,
	"when": true, "while": true, "yield": true, "__FILE__": true, "__LINE__": true, "__ENCODING__": true,
}

// operators, longest first.
var operators = [...]string{
	"<=>", "===", "**=", "||=", "&&=", "<<=", ">>=", "...",
	"==", "!=", "<=", ">=", "=~", "!~", "=>", "->", "::", "&&", "||", "<<", ">>", "**", "..", "&.",
	"+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=",
	"+", "-", "*", "/", "%", "=", "<", ">", "!", "&", "|", "^", "~", "?", ":", ",", ".", "(", ")", "[", "]", "{", "}",
}
