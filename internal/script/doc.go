// Package script runs users' Lua scripts.
//
// The virtual machine is gopher-lua; nothing outside this package knows that. What a script can reach is written here:
// the machine's own libraries are not loaded at all, because they cannot be bounded.
//
//	text ──parse──▶ tree ──check depth──▶ rewrite ──compile──▶ Program (cached by text and by SHA1)
//	                                                              │ Run
//	KEYS, ARGV ──▶ frozen globals + libraries of ours + guard ◀───┘ ──▶ Host.Call ──▶ the engine
//
// # A script can neither kill nor freeze the process
//
// Go cannot recover from exhausted memory or an exhausted stack, and the machine checks for interruption between two
// instructions only. Therefore:
//
//   - The guard is asked before every instruction. Every few hundred it looks at the clock and asks the host whether to
//     stop; every library function that loops pays with the same counter ([guard.spend]).
//   - Whatever allocates much at once asks first ([guard.reserve]): repetition, concatenation, joining, formatting,
//     replacing, encoding, and a table's growth by a far index. What grows in small steps is caught by looking at the
//     heap now and then.
//   - Operators that the machine gives no hook for (.., #, t[k]=v, assignments to globals) are rewritten in the tree to
//     calls of functions of ours whose names no script can write.
//   - Patterns are matched by a matcher of ours with a bounded depth that pays per step.
//   - The length of a text, its tree's depth, the number of constants and of functions are bounded before anything recursive or
//     quadratic sees them, as compiling cannot be interrupted: 512 KiB take half a second at worst, on an idle core. A large text
//     is compiled, and a library loaded, before its request takes the engine lock or is queued in a transaction ([Ahead]), one at
//     a time. What a script loads is part of the script's time; past its limit others are let in ([Host]).
//   - What compiled texts take is estimated and bounded: 64 MiB of EVAL, which make room for others, 256 MiB of SCRIPT LOAD and of
//     libraries, beyond which more are refused. goto, which Lua 5.1 does not have and whose labels the machine searches one by
//     one, is refused.
//
// # Scripts share nothing
//
// One machine serves all scripts, and each function library has one of its own. Everything reachable from its globals is frozen: a library table is an empty table that
// looks its fields up in another that scripts cannot name. KEYS and ARGV are emptied or made anew, math.random is seeded anew, and
// the options of cjson are reset. After a script was stopped by force, its machine is thrown away.
//
// The variables of a library live as long as the library. They are its own, and what those of all libraries hold is bounded,
// see retained.go: beyond 64 MiB the largest are reset, by running the library's code again at the next call. So are those of
// a library whose function ran out of memory.
//
// # Errors
//
// Every protected call runs on a thread of its own, see protect.go: closures made before an error, and those made by the
// functions that it ends, keep their variables.
//
// # Where this differs from Redis' Lua
//
//   - There is no debugger. SCRIPT DEBUG YES is refused, and so is EVAL behind it: redis-cli --ldb would run a script for good whose
//     changes its user expects to be rolled back.
//   - Syntax errors of the kind "'end' expected" read "unexpected symbol"; some runtime errors name no variable.
//   - Calls inside the nth protected call inside another may nest 5000/2^n deep, 200 at least; 2000 instead of 5000 in functions.
//   - A tail call takes a place in the stack like any other call.
//   - The remainder of a division by infinity is the dividend, or infinite when the signs differ, as since Lua 5.3; it is nan in 5.1.
//   - string.dump refuses; precompiled code is never accepted. A script's text is at most 512 KiB, and its syntax tree at
//     most 1000 deep, with 4096 functions. At most 1024 libraries are kept.
//   - cmsgpack.unpack takes binary strings (bin 8, 16, 32), which Redis' refuses.
//   - Tables keep up to 2^20 elements as an array; longer ones work, with more memory an element.
package script
