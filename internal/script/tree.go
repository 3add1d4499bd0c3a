package script

import (
	"errors"

	"github.com/yuin/gopher-lua/ast"
)

// Bounds of a script's syntax tree. The compiler recurses over the tree and searches constants linearly.
const (
	maxTreeDepth   = 1000
	maxBlockDepth  = 200
	maxConstantSum = 100_000_000 // occurrences × distinct constants
	maxFunctions   = 4096        // the compiler takes 20 KB for each
)

// checkTree walks the tree without recursion and refuses what the compiler could not bear.
func checkTree(chunk []ast.Stmt) error {
	type place struct {
		node          any
		depth, blocks int
	}
	var stack []place
	distinct := map[any]struct{}{}
	occurrences, functions := 0, 0
	push := func(p place) { stack = append(stack, p) }
	push(place{chunk, 0, 0})
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if p.depth > maxTreeDepth || p.blocks > maxBlockDepth {
			return errors.New("chunk has too many syntax levels")
		}
		switch p.node.(type) {
		case *ast.FunctionExpr:
			if functions++; functions > maxFunctions {
				return errors.New("chunk has too many functions")
			}
		case *ast.GotoStmt, *ast.LabelStmt:
			return errors.New("unexpected symbol near 'goto' or a label: Lua 5.1 has neither")
		}
		if key := constantOf(p.node); key != nil {
			occurrences++
			distinct[key] = struct{}{}
			if occurrences*len(distinct) > maxConstantSum {
				return errors.New("constant table overflow")
			}
		}
		children(p.node, func(n any, block bool) {
			next := place{n, p.depth + 1, p.blocks}
			if block {
				next.blocks++
			}
			push(next)
		})
	}
	return nil
}

func constantOf(node any) any {
	switch n := node.(type) {
	case *ast.StringExpr:
		return "s" + n.Value
	case *ast.NumberExpr:
		return "n" + n.Value
	case *ast.IdentExpr:
		return "s" + n.Value
	case *ast.FuncCallExpr:
		if n.Method != "" {
			return "s" + n.Method
		}
	}
	return nil
}

// children calls f for every direct child of a statement list, statement or expression; block tells that the child opens
// a scope of its own.
func children(node any, f func(child any, block bool)) {
	exprs := func(list []ast.Expr) {
		for _, e := range list {
			f(e, false)
		}
	}
	expr := func(list ...ast.Expr) {
		for _, e := range list {
			if e != nil {
				f(e, false)
			}
		}
	}
	switch n := node.(type) {
	case []ast.Stmt:
		for _, s := range n {
			f(s, false)
		}
	case *ast.AssignStmt:
		exprs(n.Lhs)
		exprs(n.Rhs)
	case *ast.LocalAssignStmt:
		exprs(n.Exprs)
	case *ast.FuncCallStmt:
		expr(n.Expr)
	case *ast.DoBlockStmt:
		f(n.Stmts, true)
	case *ast.WhileStmt:
		expr(n.Condition)
		f(n.Stmts, true)
	case *ast.RepeatStmt:
		expr(n.Condition)
		f(n.Stmts, true)
	case *ast.IfStmt:
		expr(n.Condition)
		f(n.Then, true)
		f(n.Else, len(n.Else) > 1) // "elseif" is an if alone in the else branch and nests without a limit of Lua's
	case *ast.NumberForStmt:
		expr(n.Init, n.Limit, n.Step)
		f(n.Stmts, true)
	case *ast.GenericForStmt:
		exprs(n.Exprs)
		f(n.Stmts, true)
	case *ast.FuncDefStmt:
		expr(n.Name.Func, n.Name.Receiver)
		f(n.Func, false)
	case *ast.ReturnStmt:
		exprs(n.Exprs)
	default:
		exprChildren(node, f)
	}
}

func exprChildren(node any, f func(child any, block bool)) {
	expr := func(list ...ast.Expr) {
		for _, e := range list {
			if e != nil {
				f(e, false)
			}
		}
	}
	switch n := node.(type) {
	case *ast.AttrGetExpr:
		expr(n.Object, n.Key)
	case *ast.TableExpr:
		for _, field := range n.Fields {
			expr(field.Key, field.Value)
		}
	case *ast.FuncCallExpr:
		expr(n.Func, n.Receiver)
		expr(n.Args...)
	case *ast.LogicalOpExpr:
		expr(n.Lhs, n.Rhs)
	case *ast.RelationalOpExpr:
		expr(n.Lhs, n.Rhs)
	case *ast.StringConcatOpExpr:
		expr(n.Lhs, n.Rhs)
	case *ast.ArithmeticOpExpr:
		expr(n.Lhs, n.Rhs)
	case *ast.UnaryMinusOpExpr:
		expr(n.Expr)
	case *ast.UnaryNotOpExpr:
		expr(n.Expr)
	case *ast.UnaryLenOpExpr:
		expr(n.Expr)
	case *ast.FunctionExpr:
		f(n.Stmts, true)
	}
}
