// Command differ looks for commands that a server answers otherwise than redis-server does.
//
//	differ -ours BINARY [-theirs redis-server] [-seed N] [-for 10m] [-first N -sequences N]
//
// It prints the seed, every difference as a transcript, and exits with 1 when it found one.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"redoubt/test/differential"
)

func main() {
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		code = 2
	}
	os.Exit(code)
}

func run() (code int, err error) {
	ours := flag.String("ours", "", "the redoubt binary")
	theirs := flag.String("theirs", "redis-server", "the reference server")
	seed := flag.Uint64("seed", rand.Uint64N(1_000_000_000), "where all sequences follow from")
	duration := flag.Duration("for", 10*time.Minute, "how long to look")
	first := flag.Uint64("first", 0, "number of the first sequence")
	sequences := flag.Uint64("sequences", 0, "how many sequences; 0: as many as there is time for")
	length := flag.Int("length", 300, "steps of a sequence")
	most := flag.Int("differences", 10, "stop after so many differences")
	results := flag.String("results", "", "a file to append a line to: suite, cases, passed, failed, not run, remark")
	shrink := flag.Duration("shrink", time.Minute, "how long to shrink one difference")
	flag.Parse()
	if *ours == "" || flag.NArg() > 0 {
		flag.Usage()
		return 2, nil
	}
	binary, err := filepath.Abs(*ours) // servers run in directories of their own
	if err != nil {
		return 2, err
	}
	dir, err := os.MkdirTemp("", "differ-")
	if err != nil {
		return 2, err
	}
	defer os.RemoveAll(dir)
	servers := map[string]*differential.Process{
		"theirs": {Command: []string{*theirs}},
		"ours":   {Command: []string{binary, "server"}},
	}
	for name, server := range servers {
		server.Dir = filepath.Join(dir, name)
		if err := os.Mkdir(server.Dir, 0o700); err != nil {
			return 2, err
		}
		defer server.Stop()
		if err := server.Start(); err != nil {
			return 2, err
		}
	}
	fmt.Printf("# seed %d\n", *seed)
	result, err := differential.Fuzz(&differential.Player{Theirs: servers["theirs"], Ours: servers["ours"]}, differential.Options{
		Seed: *seed, First: *first, Sequences: *sequences, Duration: *duration, Length: *length,
		ShrinkFor: *shrink, MaxDifferences: *most, Log: os.Stdout,
	})
	if err != nil {
		return 2, err
	}
	if *results != "" {
		if err := report(*results, *seed, result); err != nil {
			return 2, err
		}
	}
	fmt.Printf("# seed %d: %d sequences, %d steps, %d differences, %d that did not come again\n",
		*seed, result.Sequences, result.Steps, len(result.Differences), result.Once)
	if len(result.Differences) > 0 {
		return 1, nil
	}
	return 0, nil
}

// report appends the line of this run to a file of results.
func report(path string, seed uint64, r *differential.Result) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	differ := uint64(len(r.Differences))
	_, err = fmt.Fprintf(f, "differential fuzzer\t%d\t%d\t%d\t%d\trandom sequences against redis-server, seed %d: %d requests; %d sequences differed once and not again\n",
		r.Sequences, r.Sequences-differ, differ, 0, seed, r.Steps, r.Once)
	return err
}
