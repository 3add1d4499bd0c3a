package gitlabrb

// node is an expression; everything in Ruby has a value.
type node interface{ where() place }

func (p place) where() place { return p }

type (
	// literalNode is nil, true, false, a number or a plain symbol.
	literalNode struct {
		place
		value Value
	}
	// stringNode is a string (or, with symbol set, a symbol) made of pieces.
	// Each evaluation makes a new string.
	stringNode struct {
		place
		pieces []piece
		symbol bool
	}
	arrayNode struct {
		place
		elems []node
	}
	hashNode struct {
		place
		keys, values []node
	}
	// localNode is a variable: assigned earlier in the text, if not in fact.
	localNode struct {
		place
		name string
	}
	constNode struct {
		place
		name string // with :: inside for nested names
	}
	// callNode is a method call; receiver nil means a bare name: a setting, a
	// section or a function.
	callNode struct {
		place
		receiver node
		name     string
		args     []node
		parens   bool // had (), or arguments
		safe     bool // &.
	}
	indexNode struct {
		place
		receiver node
		args     []node
	}
	// rangeNode occurs as an index only.
	rangeNode struct {
		place
		low, high node // nil: open
		exclusive bool
	}
	// assignNode is target op value with op "=", "||=", "&&=" or an
	// arithmetic operator's name.
	assignNode struct {
		place
		target node // localNode, constNode, indexNode or callNode (attribute)
		op     string
		value  node
	}
	unaryNode struct {
		place
		op      string // "-", "+", "~", "!"
		operand node
	}
	binaryNode struct {
		place
		op          string
		left, right node
	}
	// logicNode is && (and) or || (or).
	logicNode struct {
		place
		and         bool
		left, right node
	}
	// branchNode is if/unless/elsif/?: and the modifiers.
	branchNode struct {
		place
		conditions []node
		bodies     []node // one for each condition
		otherwise  node   // may be nil
	}
	caseNode struct {
		place
		subject   node     // nil: the first true condition
		patterns  [][]node // of each when
		bodies    []node
		otherwise node // may be nil
	}
	sequenceNode struct {
		place
		statements []node
	}
)

// piece is literal text or a statement list whose value is inserted.
type piece struct {
	text string
	code node // nil for literal text
}
