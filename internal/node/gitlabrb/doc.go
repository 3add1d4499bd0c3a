// Package gitlabrb evaluates gitlab.rb, the configuration file of GitLab's
// Linux package, with a strict interpreter for the part of Ruby that such files
// use. It runs nothing, writes nothing, and always ends.
//
// # Why an interpreter
//
// gitlab.rb is Ruby that the package evaluates as root. Nine of ten files in
// the documentation are assignments of literals, but one in three in the wild
// uses ENV, File.read, a heredoc with YAML, an if or a variable. A reader of
// literals would refuse those; Ruby itself would be a dependency that can do
// anything to the machine. So: what files do is supported with Ruby's own
// results, and everything else is an error that names file, line, column and
// construct and says what to write instead. There is no third outcome, no
// construct is skipped.
//
// # The way through
//
//	source ── lexer ──► tokens ── parser ──► tree ── evaluator ──► Config
//	          lexer*.go           parser*.go        eval*.go, methods*.go
//
// The whole file is parsed before any of it is evaluated, and a Config exists
// only if all of it succeeded. A mistake the lexer finds becomes a token and is
// reported when the parser gets there, so the first one in the text is the one
// reported. Lexer and parser follow assignments, because Ruby's grammar depends
// on which names are variables: `x -1` subtracts, `roles -1` passes an argument.
//
// # What is supported
//
//	statements   one a line or separated by ;  comments, =begin/=end, __END__,
//	             continuation by \, an operator, a comma, a leading .method
//	settings     redis['port'] = 1, redis[:port], a['b']['c'] = 1, redis({…}),
//	             external_url 'x' and the other scalars, roles in all spellings,
//	             x_role['enable'] = true, reading them back
//	literals     '…' "…" %q %Q %() ?a, adjacent strings, #{…}, heredocs (<<, <<-,
//	             <<~, quoted, raw, several a line, methods on the opener),
//	             :a :"a" %w %W %i %I, arrays, hashes with all kinds of keys,
//	             integers (_, 0x 0b 0o 0644), floats, true false nil
//	operators    = += -= *= /= %= **= <<= |= &= ||= &&=, ?:, || && ! and or not,
//	             == != <=> === < <= > >=, | ^ & << >> + - * / % **, &., indexes
//	             and ranges as indexes
//	control      if unless elsif else then end, case when else, both modifiers
//	names        variables, constants, __FILE__, __LINE__, __dir__
//	outside      ENV[] fetch key?; File.read readlines exist? join basename …;
//	             YAML.load safe_load load_file; JSON.parse; node['fqdn'],
//	             ['hostname'], ['domain'], ['ipaddress'], ['os']; from_file for
//	             Ruby, JSON and YAML
//	methods      of strings, arrays, hashes and numbers that need no block
//	             (methods*.go); Integer() Float() String() Array(), format, raise
//
// # What is refused, and why
//
//	backticks, system, eval, send, open      run programs or code
//	blocks, lambdas, def, class, while, for  with them evaluation need not end
//	regular expressions                      another language, with its own limits
//	begin/rescue, throw, exit, return        hide mistakes or the rest of a file
//	require, Socket, Dir, other constants    the libraries do not exist here
//	puts                                     the result is shown by show-config
//	splat, multiple assignment, $x, @x       hardly used; a plain form exists
//
// # Semantics worth knowing
//
// A section is a hash whose keys are strings (a symbol is the same key) and in
// which reading a missing key creates an empty hash there. That makes
// redis['a']['b'] = 1 work, and it makes three traps, which are kept, since a
// file must mean the same here as there, and warned of:
//
//	redis['x'] ||= 1        does nothing: the read leaves {}, which is true
//	if redis['enable']      is true when nothing set it; defaults are not visible
//	external_url = 'x'      assigns a variable
//
// Hash literals are plain Ruby hashes: :a and 'a' differ and a missing key is
// nil. When a value is stored in a section it is copied, and hashes in it, also
// inside arrays, become section hashes. (The original shares strings and
// section hashes between settings; no file has been seen that depends on it.)
//
// First-level names are a closed set and anything else is an error. Second-level
// names are open: an unknown one is kept, and warned of in sections whose keys
// are all known (package vocabulary). Types are not checked here. Values are
// kept as written, redis['port'] = '6379' is a string; Value.AsInt and its
// sisters accept such spellings, and every Value carries the Pos of its
// assignment for messages of whoever reads it.
//
// Integers have 64 bits and overflow is an error. Text of hashes is that of Ruby
// before 3.4: {"a"=>1}. YAML follows Ruby's parser (1.1: yes is true, 010 is 8),
// not that of the library underneath.
//
// # Limits
//
// Without loops, blocks and recursion the work is bounded by the size of the
// text, except for what can be multiplied: strings and containers (x = x + x on
// thirty lines), nesting, included files, aliases in YAML. Limits bounds each
// before memory is taken: the size of a file and of a string, the sum of all
// values ever made (reading text counts for an eighth), depth of brackets, of
// evaluation and of values, depth and number of included files.
//
// # Tests
//
// testdata/*.rb with the .json of the configuration and the .warnings beside
// them; errors.txt for what is refused. testdata/oracle/evaluate.rb makes the
// same JSON with real Ruby; the golden files agree with it.
package gitlabrb
