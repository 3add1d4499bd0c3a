package architecture

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "redoubt/"
	root   = "../.."
	// maxLines is where a file must be split.
	maxLines = 800
)

// source is one Go file of the module.
type source struct {
	path    string // relative to the module's root
	pkg     string // import path without the module's name
	test    bool
	ignored bool // a build constraint excludes it everywhere
	imports []string
	lines   int
	inits   []token.Position
	name    string // in the package clause
}

// rule says what the files of some packages may import of this module.
type rule struct {
	// packages are the package paths it is for: an exact path, or everything below with "/...".
	packages string
	// may lists what is allowed, in the same form; the package's own subtree always is.
	may []string
	// except takes some of that away.
	except []string
	why    string
}

// rules: the first that matches a package applies.
var rules = []rule{
	{packages: "internal/memory/invariants", why: "it is a build tag"},
	{packages: "internal/memory/keyspace", may: []string{"internal/memory/..."},
		why: "the keyspace joins the containers and knows nothing of servers"},
	{packages: "internal/memory/...", may: []string{"internal/memory/..."}, except: []string{"internal/memory/keyspace"},
		why: "containers know neither the keyspace nor anything of servers"},
	{packages: "internal/resp", why: "the protocol is used by everything and knows nothing of ours"},
	{packages: "internal/glob", why: "patterns are used by everything and know nothing of ours"},
	{packages: "internal/command", may: []string{"internal/resp", "internal/glob"},
		why: "what a command is says nothing about how it is executed"},
	{packages: "internal/engine/...", may: []string{"internal/engine/...", "internal/memory/...", "internal/command", "internal/resp", "internal/glob"},
		why: "the engine reaches the server, persistence and nodes through the interfaces that it declares"},
	{packages: "internal/commands/all", may: []string{"internal/commands/...", "internal/engine"},
		why: "it is the list of families"},
	{packages: "internal/commands/scripting", may: []string{"internal/script", "internal/engine/...", "internal/command", "internal/resp", "internal/glob"},
		why: "its commands are the front of the interpreter, and know no other family"},
	{packages: "internal/commands/...", may: []string{"internal/engine/...", "internal/command", "internal/memory/...", "internal/resp", "internal/glob"},
		why: "families know the engine, never each other or the server: a family can be read, tested and left out alone"},
	{packages: "internal/script/...", may: []string{"internal/engine/...", "internal/command", "internal/memory/...", "internal/resp"},
		why: "scripts reach the engine as commands do"},
	{packages: "internal/persist/...", may: []string{"internal/persist/...", "internal/memory/...", "internal/resp"},
		why: "files hold the dataset and what was done to it: they know its containers, the form of commands, and no engine"},
	{packages: "internal/server/session", may: []string{"internal/engine", "internal/resp"},
		why: "a session turns bytes into commands and knows neither sockets nor the server"},
	{packages: "internal/server/transport/...", may: []string{"internal/engine", "internal/server/session"},
		why: "a transport moves bytes and knows no server"},
	{packages: "internal/server/config/...", may: []string{"internal/resp", "internal/glob", "internal/persist/vfs"},
		why: "configuration is read by the server, not the other way round"},
	{packages: "internal/server/acl", may: []string{"internal/command", "internal/resp", "internal/glob"},
		why: "who may do what is decided from names and words alone"},
	{packages: "internal/server/logging", why: "everything logs, so it may depend on nothing"},
	{packages: "internal/server/memlimit", why: "the system's limits are the same whoever serves"},
	{packages: "internal/server", may: []string{"internal/server/...", "internal/engine/...", "internal/persist/...", "internal/memory/...",
		"internal/command", "internal/resp", "internal/glob"},
		why: "the server serves whatever commands it is given, and knows no node manager"},
	{packages: "internal/node/...", may: []string{"internal/node/...", "internal/resp"},
		why: "the node manager drives any Redis-compatible server from outside and shares no code with the data node but the protocol"},
	{packages: "internal/cli", may: []string{"internal/resp"},
		why: "the command-line client is a client: it speaks the protocol and nothing else"},
	{packages: "internal/bench/...", may: []string{"internal/bench/...", "internal/resp"},
		why: "the load is that of clients: it speaks the protocol and knows no server"},
	{packages: "cmd/...", may: []string{"internal/...", "cmd/..."}, why: "the binary wires everything"},
	{packages: "test/...", may: []string{"internal/...", "test/..."}, why: "tests wire what they test"},
	{packages: "tools/...", may: []string{"internal/..."}, why: "tools may look at everything"},
	{packages: "scripts/...", may: []string{"internal/..."}, why: "tools may look at everything"},
}

// forTests may be imported by the tests of any package below internal, beside what its rule allows: an external test
// package wires what it tests.
var forTests = []string{"internal/...", "test/..."}

// nobody imports these: they wire, so whoever imported them would depend on everything.
var wiring = []string{"cmd/...", "test/..."}

func matches(pattern, pkg string) bool {
	if below, all := strings.CutSuffix(pattern, "/..."); all {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	return pkg == pattern
}

func matchesAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) })
}

// TestImports enforces the layering of docs/design.
func TestImports(t *testing.T) {
	for _, f := range sources(t) {
		i := slices.IndexFunc(rules, func(r rule) bool { return matches(r.packages, f.pkg) })
		if i < 0 {
			t.Errorf("%s: no rule says what package %s may import: add one here, with its reason", f.path, f.pkg)
			continue
		}
		r := rules[i]
		for _, imported := range f.imports {
			own, isOurs := strings.CutPrefix(imported, module)
			if !isOurs || own == f.pkg || strings.HasPrefix(own, f.pkg+"/") {
				continue
			}
			allowed := matchesAny(r.may, own) && !matchesAny(r.except, own)
			if f.test {
				allowed = allowed || matchesAny(forTests, own)
			} else if matchesAny(wiring, own) && !strings.HasPrefix(f.pkg, "test") && !strings.HasPrefix(f.pkg, "cmd") {
				allowed = false
			}
			if !allowed {
				t.Errorf("%s imports %s: %s", f.path, own, r.why)
			}
		}
	}
}

// addresses lists who knows addresses: memory, and the packages that hand buffers to the kernel themselves.
var addresses = []string{"internal/memory/...", "internal/server/transport/epoll/rawsys", "internal/persist/vfs/aio"}

// TestUnsafe: memory is the only place where addresses are known.
func TestUnsafe(t *testing.T) {
	for _, f := range sources(t) {
		if slices.Contains(f.imports, "unsafe") && !matchesAny(addresses, f.pkg) {
			t.Errorf("%s imports unsafe: only the arena and the containers know addresses, so that memory errors have one home", f.path)
		}
		if slices.Contains(f.imports, "C") {
			t.Errorf("%s uses cgo: the binary is static and built without a C compiler", f.path)
		}
	}
}

// TestFiles: no file is too long to read, no package is a drawer, nothing happens before main.
func TestFiles(t *testing.T) {
	for _, f := range sources(t) {
		if f.lines > maxLines {
			t.Errorf("%s has %d lines: more than %d is more than one topic", f.path, f.lines, maxLines)
		}
		switch strings.TrimSuffix(f.name, "_test") {
		case "util", "utils", "common", "helper", "helpers", "misc", "shared", "base":
			t.Errorf("%s: package %s says where things were put, not what they are", f.path, f.name)
		}
		for _, at := range f.inits {
			t.Errorf("%s:%d: init runs before anybody can pass it anything or see it fail", f.path, at.Line)
		}
	}
}

// TestPackagesAreDocumented: every package says what it is for.
func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t) {
		if f.test || f.ignored {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, f.path), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		documented[f.pkg] = documented[f.pkg] || parsed.Doc != nil
	}
	for pkg, has := range documented {
		if !has {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

// sources parses every Go file of the module, whatever its build constraints.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "bin" || name == "run") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			out = append(out, read(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("only %d files found: this test must run in its own folder", len(out))
	}
	return out
}

func read(t *testing.T, path string) source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	f := source{
		path: filepath.ToSlash(rel), pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(path, "_test.go"),
		name: file.Name.Name, lines: set.File(file.Pos()).LineCount(),
	}
	for _, c := range file.Comments {
		if c.Pos() < file.Package && constraint.IsGoBuild(c.List[0].Text) && strings.Contains(c.List[0].Text, "ignore") {
			f.ignored = true
		}
	}
	for _, i := range file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		f.imports = append(f.imports, imported)
	}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			f.inits = append(f.inits, set.Position(fn.Pos()))
		}
	}
	return f
}
