# Compares the outcomes of Redis' test suite with the known failures and writes a line for every file and mode.
#
#	awk -v results=RESULTS -f report.awk known.txt OUTCOMES      OUTCOMES: file TAB mode TAB status TAB name of the test

BEGIN { FS = "\t"; OFS = "\t" }

FNR == NR {
	if ($0 == "" || /^#/) next
	if (!match($0, / \| [^|]*$/)) { print FILENAME ":" FNR ": want file: test | reason"; bad = 1; next }
	known[substr($0, 1, RSTART - 1)] = substr($0, RSTART + 3)
	next
}

{
	suite = $1 ", " $2
	if (!(suite in cases)) { order[++suites] = suite; remark[suite] = "" }
	cases[suite]++
	count[suite, $3]++
	sum[$2, $3]++
	test = $1 ": " $4
}

$3 == "not run" { why[suite, $4]++; whys[$4] }
$3 == "passed"  { ran[test] }
$3 == "failed"  { ran[test]; fails[test] }

END {
	for (test in fails) if (!(test in known)) { print "fails: " test; bad = 1 }
	for (test in known) if (test in ran && !(test in fails) && known[test] !~ /^not always: /) { print "known to fail, but passes: " test; bad = 1 }
	for (i = 1; i <= suites; i++) {
		suite = order[i]
		for (reason in whys) if ((suite, reason) in why)
			remark[suite] = remark[suite] (remark[suite] == "" ? "" : ", ") reason ": " why[suite, reason]
		print suite, cases[suite], count[suite, "passed"] + 0, count[suite, "failed"] + 0, count[suite, "not run"] + 0, remark[suite] >> results
	}
	for (m = split("external spawned", mode, " "); m > 0; m--)
		print mode[m] ": " sum[mode[m], "passed"] + 0 " passed, " sum[mode[m], "failed"] + 0 " failed, " sum[mode[m], "not run"] + 0 " not run"
	exit bad
}
