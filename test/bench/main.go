package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are what one run does.
type settings struct {
	Rounds, Clients, Keys int
	Pipelines, ValueBytes []int
	Workloads, Sections   []string
	// KeyCounts and Connections are the points of the two curves.
	KeyCounts, Connections []int
	// Seconds is how long one measurement takes, about.
	Seconds float64
	// Limit is how long the whole run may take.
	Limit time.Duration
	// Small: fewer keys and cases, for a look.
	Small bool
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// numbers declares a flag of positive numbers with commas between.
func numbers(into *[]int, name, value, text string) {
	set := func(value string) error {
		*into = nil
		for _, word := range strings.Split(value, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no positive number", word)
			}
			*into = append(*into, n)
		}
		return nil
	}
	flag.Func(name, text+" (default "+value+")", set)
	_ = set(value) // defaults are numbers
}

func parse() (s settings, json, page string, err error) {
	sections := flag.String("sections", strings.Join(sectionNames(), ","), "what is measured")
	workloads := flag.String("workloads", strings.Join(everyWorkload, ","), "tests of redis-benchmark")
	jsonFlag := flag.String("json", "", "`file` for the results")
	pageFlag := flag.String("page", "", "`file` for the results as a page; its charts go to a folder of the same name")
	numbers(&s.Pipelines, "pipelines", "1,16,64", "requests in a pipeline")
	numbers(&s.ValueBytes, "bytes", "16,100,1024", "sizes of values; all workloads with the first, a few with the others")
	numbers(&s.KeyCounts, "keycounts", "100000,1000000,10000000,50000000", "keys of the curve, ascending")
	numbers(&s.Connections, "connections", "1,10,100,1000,5000,10000", "connections of the curve")
	flag.IntVar(&s.Rounds, "rounds", 5, "measurements of each case and arm")
	flag.IntVar(&s.Clients, "clients", 50, "connections of redis-benchmark's workloads")
	flag.IntVar(&s.Keys, "keys", 100000, "number of different keys")
	flag.Float64Var(&s.Seconds, "seconds", 0.25, "about the length of one measurement")
	flag.DurationVar(&s.Limit, "limit", 30*time.Minute, "how long all may take")
	flag.BoolVar(&s.Small, "small", false, "fewer keys and cases, for a quick look")
	flag.Parse()
	s.Workloads, s.Sections = strings.Split(*workloads, ","), strings.Split(*sections, ",")
	for _, name := range s.Sections {
		if !slices.Contains(sectionNames(), name) {
			return s, "", "", fmt.Errorf("-sections: there is no %q; there are %s", name, strings.Join(sectionNames(), ", "))
		}
	}
	for _, name := range s.Workloads {
		if !slices.Contains(everyWorkload, name) {
			return s, "", "", fmt.Errorf("-workloads: there is no %q; there are %s", name, strings.Join(everyWorkload, ", "))
		}
	}
	if s.Rounds < 1 || s.Clients < 1 || s.Keys < 1 || s.Seconds <= 0 {
		return s, "", "", errors.New("-rounds, -clients, -keys and -seconds: more than 0")
	}
	slices.Sort(s.KeyCounts)
	return s, *jsonFlag, *pageFlag, nil
}

func run() error {
	s, json, page, err := parse()
	if err != nil {
		return err
	}
	b := &bench{settings: s, begin: time.Now()}
	if b.specs, err = parseArms(flag.Args()); err != nil {
		return err
	}
	if err := b.prepareProcess(); err != nil {
		return err
	}
	b.report = newReport(b)
	b.log("about %.0f minutes with the default settings, %.0f at most", b.expected().Minutes(), b.Limit.Minutes())
	save := func() error { return b.report.save(json, page) }
	for _, section := range sections {
		if !slices.Contains(s.Sections, section.name) {
			continue
		}
		b.section, b.end, b.sectionRounds = section.name, b.endAt(section.name), min(s.Rounds, section.rounds)
		b.log("%s, until %.0fs", section.name, b.end.Sub(b.begin).Seconds())
		if err := section.run(b); err != nil {
			b.note("%s: %v", section.name, err)
		}
		if err := save(); err != nil {
			return err
		}
	}
	b.report.Seconds = time.Since(b.begin).Seconds()
	if err := save(); err != nil {
		return err
	}
	fmt.Print(b.report.text())
	if len(b.report.Notes) > 0 {
		return fmt.Errorf("not everything was measured:\n%s", strings.Join(b.report.Notes, "\n"))
	}
	return nil
}
