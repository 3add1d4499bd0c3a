package script

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// Names of the functions that operators are rewritten to. A script cannot write them: an identifier has no zero byte.
const (
	hidden       = "\x00"
	nameConcat   = hidden + "concat" // (a, b, …): a .. b .. …
	nameLength   = hidden + "length" // (x): #x
	nameStore    = hidden + "store"  // (t, k, v): t[k] = v
	nameFields   = hidden + "fields" // (t, n, k1, v1, …): {…, [k1] = v1} with n positional fields
	nameCall     = hidden + "call"   // redis.call, and redis.pcall, of scripts
	namePcall    = hidden + "pcall"
	nameFrozen   = hidden + "frozen" // a table whose fields cannot be set: the target of assignments to globals
	maxJoined    = 100               // operands of one call of concat; longer chains nest
	maxPlainList = 256               // constant indexes up to here grow a table by little
)

// names describe values for error messages ("local 'x'"), by where they are used.
type names struct {
	index map[indexUse]string
	calls map[int]string // by line; empty when several calls on the line differ
}

type indexUse struct {
	line int
	key  string
}

// rewriter replaces what the machine gives no hook for. It recurses: the tree's depth has been checked.
type rewriter struct {
	scope *scope
	names names
	// library: the code is a function library, which has no redis.call while it is loaded.
	library bool
}

// scope is a block's local names; function marks the outermost block of a function.
type scope struct {
	parent   *scope
	locals   []string
	function bool
}

// find tells whether a name is a local variable here, or one of an enclosing function (an upvalue).
func (s *scope) find(name string) (local, upvalue bool) {
	outside := false
	for ; s != nil; s = s.parent {
		for i := len(s.locals) - 1; i >= 0; i-- {
			if s.locals[i] == name {
				return !outside, outside
			}
		}
		if s.function {
			outside = true
		}
	}
	return false, false
}

func (w *rewriter) chunk(list []ast.Stmt) {
	w.names = names{index: map[indexUse]string{}, calls: map[int]string{}}
	w.open(true)
	w.statements(list)
	w.close()
}

func (w *rewriter) open(function bool, locals ...string) {
	w.scope = &scope{parent: w.scope, locals: locals, function: function}
}
func (w *rewriter) close()                { w.scope = w.scope.parent }
func (w *rewriter) declare(n ...string)   { w.scope.locals = append(w.scope.locals, n...) }
func (w *rewriter) block(list []ast.Stmt) { w.open(false); w.statements(list); w.close() }

func (w *rewriter) statements(list []ast.Stmt) {
	for i := range list {
		list[i] = w.statement(list[i])
	}
}

func (w *rewriter) exprs(list []ast.Expr) {
	for i := range list {
		list[i] = w.expr(list[i])
	}
}

func (w *rewriter) statement(s ast.Stmt) ast.Stmt {
	switch n := s.(type) {
	case *ast.AssignStmt:
		return w.assign(n)
	case *ast.LocalAssignStmt:
		if len(n.Exprs) == 1 && len(n.Names) == 1 {
			if fn, ok := n.Exprs[0].(*ast.FunctionExpr); ok { // "local function f" sees itself
				w.declare(n.Names...)
				w.function(fn)
				return n
			}
		}
		w.exprs(n.Exprs)
		w.declare(n.Names...)
	case *ast.FuncCallStmt:
		n.Expr = w.expr(n.Expr)
	case *ast.DoBlockStmt:
		w.block(n.Stmts)
	case *ast.WhileStmt:
		n.Condition = w.expr(n.Condition)
		w.block(n.Stmts)
	case *ast.RepeatStmt:
		w.open(false)
		w.statements(n.Stmts)
		n.Condition = w.expr(n.Condition) // it sees the block's locals
		w.close()
	case *ast.IfStmt:
		n.Condition = w.expr(n.Condition)
		w.block(n.Then)
		w.block(n.Else)
	case *ast.NumberForStmt:
		n.Init, n.Limit = w.expr(n.Init), w.expr(n.Limit)
		if n.Step != nil {
			n.Step = w.expr(n.Step)
		}
		w.open(false, n.Name)
		w.statements(n.Stmts)
		w.close()
	case *ast.GenericForStmt:
		w.exprs(n.Exprs)
		w.open(false, n.Names...)
		w.statements(n.Stmts)
		w.close()
	case *ast.FuncDefStmt:
		if n.Name.Func != nil {
			n.Name.Func = w.target(n.Name.Func)
		} else {
			n.Name.Receiver = w.expr(n.Name.Receiver)
		}
		if n.Name.Method != "" {
			w.open(false, "self")
			w.function(n.Func)
			w.close()
		} else {
			w.function(n.Func)
		}
	case *ast.ReturnStmt:
		w.exprs(n.Exprs)
	}
	return s
}

// assign rewrites "t[k] = v" to a call that checks the growth. In a multiple assignment the same is reached by computing
// the values first, into locals of a block.
func (w *rewriter) assign(n *ast.AssignStmt) ast.Stmt {
	for i := range n.Lhs {
		n.Lhs[i] = w.target(n.Lhs[i])
	}
	w.exprs(n.Rhs)
	if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
		if t, ok := n.Lhs[0].(*ast.AttrGetExpr); ok && growing(t.Key) {
			return w.store(t, t.Object, t.Key, n.Rhs[0])
		}
		return n
	}
	rewrite := false
	for _, l := range n.Lhs {
		if t, ok := l.(*ast.AttrGetExpr); ok && growing(t.Key) {
			rewrite = true
		}
	}
	if !rewrite {
		return n
	}
	return w.assignSeveral(n)
}

func (w *rewriter) assignSeveral(n *ast.AssignStmt) ast.Stmt {
	values := &ast.LocalAssignStmt{Exprs: n.Rhs}
	places := &ast.LocalAssignStmt{}
	at(values, n)
	at(places, n)
	var stores []ast.Stmt
	for i, l := range n.Lhs {
		value := hidden + "v" + strconv.Itoa(i)
		values.Names = append(values.Names, value)
		t, ok := l.(*ast.AttrGetExpr)
		if !ok {
			set := &ast.AssignStmt{Lhs: []ast.Expr{l}, Rhs: []ast.Expr{ident(value, n)}}
			at(set, n)
			stores = append(stores, set)
			continue
		}
		table, key := hidden+"t"+strconv.Itoa(i), hidden+"k"+strconv.Itoa(i)
		places.Names = append(places.Names, table, key)
		places.Exprs = append(places.Exprs, single(t.Object), single(t.Key))
		stores = append(stores, w.store(t, ident(table, n), ident(key, n), ident(value, n)))
	}
	block := &ast.DoBlockStmt{Stmts: append([]ast.Stmt{places, values}, stores...)}
	at(block, n)
	return block
}

func (w *rewriter) store(where ast.PositionHolder, table, key, value ast.Expr) ast.Stmt {
	s := &ast.FuncCallStmt{Expr: call(where, nameStore, table, key, single(value))}
	at(s, where)
	return s
}

// growing tells whether storing under a key can grow a table by more than an element.
func growing(key ast.Expr) bool {
	switch k := key.(type) {
	case *ast.StringExpr, *ast.TrueExpr, *ast.FalseExpr:
		return false
	case *ast.NumberExpr:
		v, err := strconv.ParseFloat(k.Value, 64)
		return err != nil || v > maxPlainList
	}
	return true
}

// target rewrites the left side of an assignment; globals are frozen.
func (w *rewriter) target(e ast.Expr) ast.Expr {
	if t, ok := e.(*ast.AttrGetExpr); ok {
		w.field(t)
		return t
	}
	id := e.(*ast.IdentExpr)
	if local, up := w.scope.find(id.Value); local || up {
		return id
	}
	key := &ast.StringExpr{Value: id.Value}
	at(key, id)
	t := &ast.AttrGetExpr{Object: ident(nameFrozen, id), Key: key}
	at(t, id)
	return t
}

func (w *rewriter) function(fn *ast.FunctionExpr) {
	w.open(true, fn.ParList.Names...)
	if fn.ParList.HasVargs {
		w.declare("arg")
	}
	w.statements(fn.Stmts)
	w.close()
}

func (w *rewriter) expr(e ast.Expr) ast.Expr {
	switch n := e.(type) {
	case *ast.NumberExpr:
		if v, ok := parseNumber(n.Value); ok { // the machine reads 010 as octal
			n.Value = strconv.FormatFloat(v, 'g', -1, 64)
		}
	case *ast.AttrGetExpr:
		if name := w.direct(n); name != "" {
			return ident(name, n)
		}
		w.field(n)
	case *ast.TableExpr:
		return w.table(n)
	case *ast.FuncCallExpr:
		return w.call(n)
	case *ast.LogicalOpExpr:
		n.Lhs, n.Rhs = w.expr(n.Lhs), w.expr(n.Rhs)
	case *ast.RelationalOpExpr:
		n.Lhs, n.Rhs = w.expr(n.Lhs), w.expr(n.Rhs)
	case *ast.ArithmeticOpExpr:
		n.Lhs, n.Rhs = w.expr(n.Lhs), w.expr(n.Rhs)
	case *ast.UnaryMinusOpExpr:
		n.Expr = w.expr(n.Expr)
	case *ast.UnaryNotOpExpr:
		n.Expr = w.expr(n.Expr)
	case *ast.UnaryLenOpExpr:
		return call(n, nameLength, single(w.expr(n.Expr)))
	case *ast.StringConcatOpExpr:
		return w.concat(n)
	case *ast.FunctionExpr:
		w.function(n)
	}
	return e
}

// field rewrites a field of a table that is read or set.
func (w *rewriter) field(n *ast.AttrGetExpr) {
	if key, ok := n.Key.(*ast.StringExpr); ok {
		w.names.index[indexUse{n.Line(), key.Value}] = w.describe(n.Object)
	}
	n.Object, n.Key = w.expr(n.Object), w.expr(n.Key)
}

// direct is the name that stands for a field of a global, "" for most: the functions that scripts call most are found with one look
// into a table instead of four. Nobody can change what those names mean.
func (w *rewriter) direct(n *ast.AttrGetExpr) string {
	table, isName := n.Object.(*ast.IdentExpr)
	key, isText := n.Key.(*ast.StringExpr)
	if w.library || !isName || !isText || table.Value != "redis" {
		return ""
	}
	if local, up := w.scope.find(table.Value); local || up {
		return ""
	}
	switch key.Value {
	case "call":
		return nameCall
	case "pcall":
		return namePcall
	}
	return ""
}

func (w *rewriter) call(n *ast.FuncCallExpr) ast.Expr {
	what := ""
	if n.Func != nil {
		what = w.describe(n.Func)
		n.Func = w.expr(n.Func)
	} else {
		what = "method '" + n.Method + "'"
		w.names.index[indexUse{n.Line(), n.Method}] = w.describe(n.Receiver)
		n.Receiver = w.expr(n.Receiver)
	}
	if had, seen := w.names.calls[n.Line()]; seen && had != what {
		what = ""
	}
	w.names.calls[n.Line()] = what
	w.exprs(n.Args)
	return n
}

// describe names a value as Lua's errors do, "" when they do not.
func (w *rewriter) describe(e ast.Expr) string {
	switch n := e.(type) {
	case *ast.IdentExpr:
		local, up := w.scope.find(n.Value)
		switch {
		case local:
			return "local '" + n.Value + "'"
		case up:
			return "upvalue '" + n.Value + "'"
		}
		return "global '" + n.Value + "'"
	case *ast.AttrGetExpr:
		if key, ok := n.Key.(*ast.StringExpr); ok {
			return "field '" + key.Value + "'"
		}
		return "field '?'"
	case *ast.FuncCallExpr:
		return ""
	}
	return ""
}

// concat flattens a chain; the operator is right associative.
func (w *rewriter) concat(n *ast.StringConcatOpExpr) ast.Expr {
	var operands []ast.Expr
	var e ast.Expr = n
	for {
		c, ok := e.(*ast.StringConcatOpExpr)
		if !ok || len(operands) == maxJoined {
			break
		}
		operands = append(operands, single(w.expr(c.Lhs)))
		e = c.Rhs
	}
	operands = append(operands, single(w.expr(e)))
	return call(n, nameConcat, operands...)
}

// table moves the fields with computed keys out of a constructor into a call that checks the growth.
func (w *rewriter) table(n *ast.TableExpr) ast.Expr {
	var kept []*ast.Field
	var moved []ast.Expr
	positional := 0
	for _, f := range n.Fields {
		f.Value = w.expr(f.Value)
		if f.Key == nil {
			positional++
			kept = append(kept, f)
			continue
		}
		f.Key = w.expr(f.Key)
		if !growing(f.Key) || len(moved) >= maxJoined {
			kept = append(kept, f)
			continue
		}
		moved = append(moved, single(f.Key), single(f.Value))
	}
	if len(moved) == 0 {
		return n
	}
	n.Fields = kept
	count := &ast.NumberExpr{Value: strconv.Itoa(positional)}
	at(count, n)
	return call(n, nameFields, append([]ast.Expr{n, count}, moved...)...)
}

// single makes an expression yield exactly one value.
func single(e ast.Expr) ast.Expr {
	switch n := e.(type) {
	case *ast.FuncCallExpr:
		n.AdjustRet = true
	case *ast.Comma3Expr:
		n.AdjustRet = true
	}
	return e
}

func at(n, where ast.PositionHolder) {
	n.SetLine(where.Line())
	n.SetLastLine(where.LastLine())
}

func ident(name string, where ast.PositionHolder) *ast.IdentExpr {
	id := &ast.IdentExpr{Value: name}
	at(id, where)
	return id
}

func call(where ast.PositionHolder, function string, args ...ast.Expr) *ast.FuncCallExpr {
	c := &ast.FuncCallExpr{Func: ident(function, where), Args: args}
	at(c, where)
	return c
}
