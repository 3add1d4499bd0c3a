package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"redoubt/internal/bench/gitlab"
	"redoubt/internal/bench/load"
)

const overview = `Usage:
  redoubt bench gitlab [options]   the load of a GitLab installation; --help tells more
  redoubt bench manual             the manual page redoubt-bench(1)
`

// Main runs `redoubt bench` and returns the exit code: 0, 1 when the run failed or replies were errors, 2 for a bad command line.
func Main(args []string, stdout, stderr io.Writer) int {
	word := ""
	if len(args) > 0 {
		word = args[0]
	}
	switch word {
	case "gitlab":
	case "manual":
		fmt.Fprint(stdout, manual())
		return 0
	case "help", "--help", "-h":
		fmt.Fprint(stdout, overview)
		return 0
	default:
		if word != "" {
			fmt.Fprintf(stderr, "redoubt bench: unknown benchmark %q\n\n", word)
		}
		fmt.Fprint(stderr, overview)
		return 2
	}
	o, err := parse(args[1:], os.Getenv)
	if err != nil {
		fmt.Fprintf(stderr, "redoubt bench gitlab: %v (--help tells more)\n", err)
		return 2
	}
	if o.help {
		fmt.Fprint(stdout, usage())
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "redoubt bench gitlab: %v\n", err)
		return 1
	}
	return 0
}

// fillConnections write the keys.
const fillConnections = 4

// run does everything but parse. What it says on the way goes to stderr.
func run(ctx context.Context, o *options, stdout, stderr io.Writer) (err error) {
	if o.quiet {
		stderr = io.Discard
	}
	target, err := o.target()
	if err != nil {
		return err
	}
	mix, err := gitlab.New(gitlab.Settings{Profiles: o.profiles, Connections: o.connections, Keys: o.keys, Seed: o.seed})
	if err != nil {
		return err
	}
	admin, err := target.Dial(ctx, adminBytes)
	if err != nil {
		return err
	}
	defer admin.Close()
	s := &server{Conn: admin, db: o.database}
	if err := s.mayBeFilled(o.besideKeys); err != nil {
		return err
	}
	fmt.Fprint(stderr, plan(o, target.Address, s, mix))
	if err := s.clean(); err != nil {
		return err
	}
	if !o.keep {
		defer func() { err = errors.Join(err, s.clean()) }()
	}
	if err := fill(ctx, target, mix, s, stderr); err != nil {
		return err
	}
	before, err := s.info()
	if err != nil {
		return err
	}
	result, err := load.Run(ctx, load.Load{Target: target, Kinds: mix.Kinds(), Streams: mix.Streams(),
		Duration: o.duration(), Operations: o.operations, Rate: o.rate})
	if err != nil {
		return err
	}
	after, err := s.info()
	if err != nil {
		return err
	}
	r := newReport(o, result, before, after)
	if err := r.write(stdout, o); err != nil {
		return err
	}
	return r.errors()
}

// plan says what will be done.
func plan(o *options, address string, s *server, mix *gitlab.Mix) string {
	end := fmt.Sprintf("%g seconds", o.seconds)
	switch {
	case o.seconds == 0:
		end = fmt.Sprintf("%d operations", o.operations)
	case o.operations > 0:
		end += fmt.Sprintf(" or %d operations", o.operations)
	}
	rate := ""
	if o.rate > 0 {
		rate = fmt.Sprintf(", %g operations a second", o.rate)
	}
	leave := "then removes them"
	if o.keep {
		leave = "and leaves them there"
	}
	return fmt.Sprintf("%s, database %d: writes %d keys that begin with %s, runs for %s with %d connections%s (%s), %s.\n",
		address, s.db, mix.FillKeys(), gitlab.Prefix, end, o.connections, rate, strings.Join(mix.Kinds(), ", "), leave)
}

// fill writes the keys.
func fill(ctx context.Context, target load.Target, mix *gitlab.Mix, s *server, stderr io.Writer) error {
	if err := mix.Prepare(s.Conn); err != nil {
		return err
	}
	result, err := load.Run(ctx, load.Load{Target: target, Kinds: mix.Kinds(), Streams: mix.FillStreams(fillConnections)})
	if err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	for _, k := range result.Kinds {
		if k.Errors > 0 {
			return fmt.Errorf("write the keys: the server refused %d requests of %s, the first with %q", k.Errors, k.Name, k.FirstError)
		}
	}
	fmt.Fprintf(stderr, "%.0f MB written in %.1f s\n", float64(result.Sent)/1e6, result.Elapsed.Seconds())
	return nil
}
