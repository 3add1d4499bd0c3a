package engine

import (
	"time"

	"redoubt/internal/command"
	"redoubt/internal/resp"
)

// A script runs under the engine lock like any command. Past the time limit it yields: now and then it hands the lock to
// others, who are answered BUSY except for what is allowed then, and goes on. What it has done so far stays invisible to
// the stream's readers until it ends.

// Interpreter keeps the compiled scripts and the function libraries of an engine. Package script implements it; the engine
// only owns and counts it, and files hold the libraries.
type Interpreter interface {
	// Scripts is the number of compiled scripts, ScriptBytes the memory they take.
	Scripts() int
	ScriptBytes() int64
	// Evicted counts scripts that were dropped to bound the cache.
	Evicted() int64
	// MachineBytes is an estimate of what the virtual machine holds between scripts.
	MachineBytes() int64

	// LibraryCodes are the texts of the function libraries; Functions is the number of functions in them.
	LibraryCodes() []string
	Functions() int
	// LibraryBytes is the memory that the libraries take, LibraryMachineBytes an estimate of what their machines hold.
	LibraryBytes() int64
	LibraryMachineBytes() int64
	// RestoreLibrary adds a library of a file; with replace it may take the place of one with the same name. log writes to
	// the server's log.
	RestoreLibrary(code string, replace bool, log func(line string)) error
	FlushLibraries()
}

// scriptState is the engine's part of a running script.
type scriptState struct {
	running *Script
	// yielded: the running script has given up the lock for a moment.
	yielded bool
	client  *Client
	run     Script
	// call is the one that the script makes at the moment.
	call Call
}

// ScriptOptions say what a script may do.
type ScriptOptions struct {
	// ReadOnly refuses commands that write; AllowOOM lets it write when memory is used up.
	ReadOnly, AllowOOM bool
	// Function is the name of the function that a library's code runs for, "" for scripts.
	Function string
}

// Script is one running script: its access to commands. Guarded by the engine lock, which its caller holds.
type Script struct {
	engine  *Engine
	caller  *Client
	client  *Client
	argv    [][]byte // of the command that runs it
	out     resp.Writer
	options ScriptOptions

	started instant
	// wrote: a command that may write ran, so the script can no longer be killed.
	wrote    bool
	overused bool
	killed   bool
	yields   bool // the time limit has passed
	yieldAt  instant
	timeMs   int64
}

// BeginScript starts a script for the calling client; [Script.End] must follow. One script runs at a time.
func (c *Call) BeginScript(o ScriptOptions) *Script {
	e := c.Engine
	st := &e.scripts
	if st.client == nil {
		st.client = e.NewClient(nil)
		st.client.Authenticated = true
		st.client.Addr = "lua"
	}
	cl := st.client
	cl.db, cl.User, cl.limits, cl.NoTouch = c.Client.db, c.Client.User, c.Client.limits, c.Client.NoTouch
	buf := st.run.out.Buf
	if cap(buf) > keepScriptReply {
		buf = nil
	}
	st.run = Script{
		engine: e, caller: c.Client, client: cl, argv: c.Argv, options: o, started: e.clock.at, timeMs: e.timeMs,
		overused: e.Settings.MaxMemory > 0 && e.UsedMemory() > e.Settings.MaxMemory,
	}
	st.run.out = resp.Writer{Buf: buf, Proto: 2, Most: e.Settings.MaxReply}
	st.running = &st.run
	c.NoEffect() // the commands it calls have theirs
	return st.running
}

// keepScriptReply is the largest reply buffer kept from one script to the next.
const keepScriptReply = 64 << 10

// End ends the script.
func (s *Script) End() {
	s.engine.scripts.running = nil
	s.engine.Stream.mute(false)
}

// The errors of commands that a script may not call.
const (
	msgScriptUnknown  = "ERR Unknown Redis command called from script"
	msgScriptArity    = "ERR Wrong number of args calling Redis command from script"
	msgScriptDenied   = "ERR This Redis command is not allowed from script"
	msgScriptReadOnly = "ERR Write commands are not allowed from read-only scripts."
	msgScriptReply    = "ERR The reply is larger than the memory that is left allows"
	msgOOM            = "OOM command not allowed when used memory > 'maxmemory'."
)

// Call runs one command. The reply is in RESP, an error included; it is valid until the next Call. refused is the text
// when the command did not run at all.
func (s *Script) Call(argv [][]byte) (reply []byte, refused string) {
	e := s.engine
	cmd, container := e.registry.Find(argv)
	if msg := s.refuse(cmd, container, argv); msg != "" {
		if cmd != nil && container == nil {
			cmd.Stats.Rejected++
		}
		e.Stats.countError(msg)
		return nil, msg
	}
	if cmd.Spec.Flags&command.Write != 0 {
		s.wrote = true
	}
	s.out.Buf = s.out.Buf[:0]
	inner := &e.scripts.call
	inner.begin(s.client, cmd, argv, nil)
	inner.Reply, inner.nested = &s.out, true
	proto := s.out.Proto
	s.client.Out.Proto = proto
	e.clock.at = e.clock.read()
	e.invoke(inner)
	if s.out.Exceeded {
		s.out.Buf, s.out.Exceeded = s.out.Buf[:0], false
		s.out.Error(msgScriptReply)
	}
	return s.out.Buf, ""
}

// age is how long the script has run. Callable without the engine lock.
func (s *Script) age() time.Duration { return s.engine.clock.read().since(s.started) }

// forDebugging tells the commands that test suites call from scripts. The other ones that scripts are denied would end or
// hold up the script itself.
func forDebugging(spec *command.Spec) bool {
	name := spec.FullName()
	return name == "debug" || name == "client|list"
}

// refuse tells why a script must not run a command, "" when it may.
func (s *Script) refuse(cmd, container *Command, argv [][]byte) string {
	e := s.engine
	if cmd == nil || container != nil {
		return msgScriptUnknown
	}
	spec := &cmd.Spec
	writes := spec.Flags&(command.Write|command.MayReplicate) != 0
	switch {
	case !spec.ArityOK(len(argv)) || cmd.Run == nil:
		return msgScriptArity
	case spec.Flags&command.NoScript != 0 && !(e.Settings.DebugInScripts && forDebugging(spec)):
		return msgScriptDenied
	}
	if reason := e.denied(s.caller, spec, argv, inScript); reason != command.Allowed {
		return "ERR ACL failure in script: " + denialText(reason, s.caller.User, spec)
	}
	switch {
	case writes && s.options.ReadOnly:
		return msgScriptReadOnly
	case spec.Flags&command.DenyOOM != 0 && s.overused && !s.options.AllowOOM && !s.wrote:
		return msgOOM
	}
	if guarded := protectedName(spec); guarded != "" && !e.host.ProtectedCommandAllowed(guarded, s.caller) {
		return msgScriptDenied
	}
	if writes {
		return e.host.WritesRefused()
	}
	return ""
}

// SetProtocol chooses the shape of replies: 2 or 3, as redis.setresp does.
func (s *Script) SetProtocol(version int) { s.out.Proto = version }

// Mute keeps the effects of what follows from the stream, as redis.set_repl(redis.REPL_NONE) does.
func (s *Script) Mute(on bool) { s.engine.Stream.mute(on) }

// CommandAllowed tells, for redis.acl_check_cmd, whether words name a command, and whether the caller's user may run it.
func (s *Script) CommandAllowed(argv [][]byte) (known, allowed bool) {
	cmd, container := s.engine.registry.Find(argv)
	if cmd == nil || container != nil {
		return false, false
	}
	if s.caller.limits == nil || !cmd.Spec.ArityOK(len(argv)) {
		return true, s.caller.limits == nil
	}
	reason, _ := s.caller.limits.Check(&cmd.Spec, argv)
	return true, reason == command.Allowed
}

// CountError counts an error that no command replied.
func (s *Script) CountError(msg string) { s.engine.Stats.countError(msg) }

// Log writes to the server's log.
func (s *Script) Log(line string) { s.engine.host.Log("%s", line) }

// yieldEvery is how long a script past its limit keeps the lock.
const yieldEvery = time.Millisecond

// Tick is called by the interpreter every few thousand instructions. Past the time limit it lets other connections in.
// It returns true when the script must end.
func (s *Script) Tick() (stop bool) {
	e := s.engine
	now := e.clock.read()
	if !s.yields {
		if limit := e.Settings.ScriptLimit; !s.limited() || now.since(s.started) < limit {
			return false
		}
		s.passLimit()
	} else if now.since(s.yieldAt) < yieldEvery {
		return s.killed
	}
	s.yield(func() {})
	return s.killed
}

// Aside is called by the interpreter with work that cannot be interrupted and needs nothing of the engine. Past the time limit
// other connections are let in while it is done.
func (s *Script) Aside(work func()) {
	if !s.limited() {
		work()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	limit := time.NewTimer(s.engine.Settings.ScriptLimit - s.age())
	defer limit.Stop()
	select {
	case <-done:
		return
	case <-limit.C:
	}
	if !s.yields {
		s.passLimit()
	}
	s.yield(func() { <-done })
}

// limited tells whether there is a time limit for the script.
func (s *Script) limited() bool { return s.engine.Settings.ScriptLimit > 0 && !s.caller.Internal }

// passLimit makes the script one that yields.
func (s *Script) passLimit() {
	s.yields = true
	s.engine.host.Log("Slow script detected: still in execution after %d milliseconds. You can try killing the script using "+
		"the SCRIPT KILL command.", s.age().Milliseconds())
	s.caller.Conn.LongRunning()
}

// yield lets other connections in, at least while something else is done.
func (s *Script) yield(meanwhile func()) {
	e := s.engine
	e.scripts.yielded = true
	e.Unlock()
	meanwhile()
	e.mu.Lock()
	e.scripts.yielded = false
	e.clock.at, e.timeMs = e.clock.read(), s.timeMs // one script sees one time
	s.yieldAt = e.clock.at
}

// ScriptBusy tells whether a script past its time limit has let others in.
func (e *Engine) ScriptBusy() bool { return e.scripts.yielded }

// BusyError is the error of what a script past its time limit does not allow.
func (e *Engine) BusyError() string {
	kill := "SCRIPT"
	if s := e.scripts.running; s != nil && s.options.Function != "" {
		kill = "FUNCTION"
	}
	return "BUSY Redis is busy running a script. You can only call " + kill + " KILL or SHUTDOWN NOSAVE."
}

// KillScript ends the running script (the running function of a library, with function) if it has written nothing; the
// error is the reply's text.
func (e *Engine) KillScript(function bool) (problem string) {
	s := e.scripts.running
	switch {
	case s == nil:
		return "NOTBUSY No scripts in execution right now."
	case s.wrote:
		return "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the " +
			"script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
	case function != (s.options.Function != ""):
		return e.BusyError()
	}
	s.killed = true
	return ""
}

// RunningScript is what runs past its time limit: the name of a function, "" for a script, the words of the command, and for
// how long. ok is false when nothing does.
func (e *Engine) RunningScript() (function string, argv [][]byte, took time.Duration, ok bool) {
	s := e.scripts.running
	if s == nil {
		return "", nil, 0, false
	}
	return s.options.Function, s.argv, s.age(), true
}

// AbortScript ends the running script whatever it has done: the process is about to end.
func (e *Engine) AbortScript() {
	if s := e.scripts.running; s != nil {
		s.killed = true
	}
}

// FromScript tells whether a script makes the call.
func (c *Call) FromScript() bool {
	s := c.Engine.scripts.running
	return s != nil && c.Client == s.client
}

// LockIdle is [Engine.Lock] for work that must not see half a script's changes: it waits for the end of a script that
// has yielded.
func (e *Engine) LockIdle() {
	for {
		e.Lock()
		if !e.scripts.yielded {
			return
		}
		e.Unlock()
		time.Sleep(yieldEvery)
	}
}

// ErrCounted is [Call.Err] for the error of a command that a script called: it has been counted already.
func (c *Call) ErrCounted(msg string) {
	c.failed = true
	c.Reply.Error(msg)
}
