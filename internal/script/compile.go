package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// maxText is the longest text. Compiling cannot be interrupted: the worst texts of this length take half a second.
const maxText = 512 << 10

// compiled is what a text has become, or why it became nothing.
type compiled struct {
	proto *lua.FunctionProto
	names names
	// size estimates the memory of proto, in bytes.
	size int64
	err  error
}

// compile makes a function of a text; errors have the form "chunk:line: what". library: it is part of a function library.
func compile(text, chunk string, library bool) (c compiled) {
	defer func() {
		if r := recover(); r != nil { // the parser and the compiler panic on input they did not foresee
			c = compiled{err: fmt.Errorf("%s:1: %v", chunk, r)}
		}
	}()
	fail := func(line int, err error) compiled { return compiled{err: fmt.Errorf("%s:%d: %w", chunk, line, err)} }
	if len(text) > maxText {
		return compiled{err: errTooLong(chunk)}
	}
	if strings.HasPrefix(text, "\x1b") {
		return fail(1, errors.New("precompiled code is not accepted"))
	}
	plain, line, err := plainNumerals(text)
	if err != nil {
		return fail(line, err)
	}
	tree, err := parse.Parse(strings.NewReader(plain), chunk)
	if err != nil {
		return compiled{err: syntaxError(err, text, chunk)}
	}
	if err := checkTree(tree); err != nil {
		return fail(1, err)
	}
	w := rewriter{library: library}
	w.chunk(tree)
	c.proto, err = lua.Compile(tree, chunk)
	if err != nil {
		var compileError *lua.CompileError
		if errors.As(err, &compileError) {
			return fail(max(compileError.Line, 1), errors.New(compileError.Message))
		}
		return fail(1, err)
	}
	c.proto.IsVarArg &^= lua.VarArgNeedsArg // the chunk itself has no "arg"; making the table would cost every run
	c.names = w.names
	c.size = trim(c.proto)
	return c
}

func errTooLong(chunk string) error {
	return fmt.Errorf("%s:1: script is longer than %d bytes", chunk, maxText)
}

// Estimates of a compiled text's memory, in bytes: a function without code, and what one instruction, constant, local variable,
// call and upvalue take with what is kept about their places.
const (
	protoBytes       = 1024
	instructionBytes = 12
	constantBytes    = 64
	localBytes       = 56
	callBytes        = 24
	upvalueBytes     = 16
	// loadedBytes is what a byte of a text takes that a script loads: functions and places that are one to a few characters.
	loadedBytes = 32
)

// trim gives the room back that the compiler took for functions to grow, some 20 KB for the smallest, makes their calls plain,
// and returns the memory of what is left. It recurses: the tree's depth has been checked.
func trim(f *lua.FunctionProto) (size int64) {
	f.Code, f.DbgSourcePositions = exact(f.Code), exact(f.DbgSourcePositions)
	callPlainly(f.Code)
	f.Constants, f.FunctionPrototypes = exact(f.Constants), exact(f.FunctionPrototypes)
	f.DbgLocals, f.DbgCalls, f.DbgUpvalues = exact(f.DbgLocals), exact(f.DbgCalls), exact(f.DbgUpvalues)
	size = protoBytes + instructionBytes*int64(len(f.Code)) + constantBytes*int64(len(f.Constants)) +
		localBytes*int64(len(f.DbgLocals)) + callBytes*int64(len(f.DbgCalls)) + upvalueBytes*int64(len(f.DbgUpvalues))
	for _, inner := range f.FunctionPrototypes {
		size += trim(inner)
	}
	return size
}

// opcodeShift is where an instruction has its opcode.
const opcodeShift = 26

// callPlainly turns tail calls into calls whose results are returned, which is what they are beside the place they save. The
// machine counts tail calls and gives each a line in the trace of every error: a loop of them would end with gigabytes.
func callPlainly(code []uint32) {
	for i, instruction := range code {
		if instruction>>opcodeShift == uint32(lua.OP_TAILCALL) {
			code[i] = instruction&(1<<opcodeShift-1) | uint32(lua.OP_CALL)<<opcodeShift
		}
	}
}

// exact copies a slice into as much memory as it needs.
func exact[E any](s []E) []E {
	if len(s) == 0 {
		return nil
	}
	return slices.Clone(s)
}

// syntaxError words a parser's error as Lua does.
func syntaxError(err error, text, chunk string) error {
	var e *parse.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s:1: %w", chunk, err)
	}
	line := e.Pos.Line
	token, message := e.Token, e.Message
	if line < 0 { // the end of the text
		line, token = 1+strings.Count(text, "\n"), "<eof>"
	}
	if message == "syntax error" {
		message = "unexpected symbol"
	}
	if strings.HasPrefix(message, "unterminated string") {
		message = "unfinished string"
	}
	return fmt.Errorf("%s:%d: %s near '%s'", chunk, line, message, token)
}
