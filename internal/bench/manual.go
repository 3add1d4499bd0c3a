package bench

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"redoubt/internal/bench/gitlab"
)

// manual is the page redoubt-bench(1), made from the options.
func manual() string {
	var b strings.Builder
	fmt.Fprintf(&b, `.TH REDOUBT\-BENCH 1 "" "Redoubt" "User commands"
.SH NAME
redoubt\-bench \- the load of a GitLab installation for a Redis\-compatible server
.SH SYNOPSIS
.B redoubt bench gitlab
.RI [ OPTION ]...
.SH DESCRIPTION
Writes keys as GitLab has them, lets a number of connections do what GitLab's processes do, in the profiles %s, and
reports requests per second, latency and the processor time that the server says it used.
All keys begin with %s and are removed at the end. A database that holds other keys is refused unless
.B \-\-beside\-other\-keys
is given.
.SH OPTIONS
`, roff(strings.Join(gitlab.Names(), ", ")), roff(gitlab.Prefix))
	var o options
	o.flags().VisitAll(func(f *pflag.Flag) {
		name, text := pflag.UnquoteUsage(f)
		b.WriteString(".TP\n")
		if f.Shorthand != "" {
			fmt.Fprintf(&b, ".BR \\-%s \", \" ", f.Shorthand)
		} else {
			b.WriteString(".B ")
		}
		fmt.Fprintf(&b, "\\-\\-%s", roff(f.Name))
		if name != "" && f.Shorthand != "" {
			fmt.Fprintf(&b, " \" \\fI%s\\fR\"", roff(name))
		} else if name != "" {
			fmt.Fprintf(&b, " \\fI%s\\fR", roff(name))
		}
		fmt.Fprintf(&b, "\n%s.\n", roff(text))
	})
	b.WriteString(".SH ENVIRONMENT\n.TP\n.B " + passwordVariable + "\npassword, when no option gives it.\n" +
		".SH EXIT STATUS\n0 success, 1 the run failed or replies were errors, 2 a bad command line.\n")
	return b.String()
}

// roff keeps text from being read as requests.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\\`, "-", `\-`).Replace(text)
}
