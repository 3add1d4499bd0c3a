package redischeck

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/wire"
)

// checker makes the checks of one target and collects what they find.
type checker struct {
	diagnosis.Report
	target  Target
	client  *wire.Client
	primary string            // as the Sentinels name it
	info    map[string]string // INFO
	config  map[string]string // CONFIG GET, nil where it is refused
	refused bool              // not reachable or not let in
}

// Result is what Run found.
type Result struct {
	diagnosis.Report
	Unreachable bool // the server is not reachable, not trusted, or does not let us in: nothing else could be checked
}

// Run makes all checks. They take a few times the target's timeout at most.
func Run(target Target) *Result {
	if target.Timeout <= 0 {
		target.Timeout = DefaultTimeout
	}
	c := &checker{target: target}
	kind := "may not evict, must persist"
	if !target.Persistent() {
		kind = "may evict, need not persist"
	}
	c.Subject = fmt.Sprintf("%s: class %s (%s)", target.Place(), target.Class, kind)
	if target.Origin != "" {
		c.Subject += ", from " + target.Origin
	}
	c.run()
	return &Result{Report: c.Report, Unreachable: c.refused}
}

// Judge makes the checks of memory, policy, persistence and clients on what a server has said of itself: the fields of INFO,
// and CONFIG GET * (nil where it is refused). Of the target only the class counts.
func Judge(target Target, info, config map[string]string) *diagnosis.Report {
	c := &checker{target: target, info: info, config: config}
	c.memory()
	c.persistence()
	c.clients()
	return &c.Report
}

func (c *checker) run() {
	c.provider()
	if len(c.target.Sentinels) > 0 && !c.findPrimary() {
		c.refused = true
		return
	}
	conn := c.connect()
	if conn == nil {
		c.refused = true
		return
	}
	c.client = wire.NewClient(conn, c.target.Timeout)
	defer c.client.Close()
	if !c.logIn() || !c.readInfo() {
		c.refused = true
		return
	}
	c.version()
	c.topology()
	c.commands()
	c.memory()
	c.persistence()
	c.clients()
	c.latency()
	c.clock()
}

func (c *checker) fail(check, text, why, cure string) {
	c.Add(diagnosis.Finding{Check: check, Level: diagnosis.Failure, Text: text, Why: why, Cure: cure})
}

func (c *checker) warn(check, text, why, cure string) {
	c.Add(diagnosis.Finding{Check: check, Level: diagnosis.Warning, Text: text, Why: why, Cure: cure})
}

// shown is a duration with three digits.
func shown(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// logIn authenticates and selects the database.
func (c *checker) logIn() bool {
	why := "GitLab is not let in: error 500 everywhere, and jobs are not run"
	request := []string{"AUTH", c.target.Password}
	if c.target.User != "" {
		request = []string{"AUTH", c.target.User, c.target.Password}
	}
	said := "no password is sent, and none is wanted"
	if c.target.Password != "" || c.target.User != "" {
		said = "the password is right"
		switch _, err := c.client.Do(request...); {
		case err == nil:
		case strings.Contains(err.Error(), "without any password configured"):
			c.warn("login", "a password is sent, but the server has none", "anybody who reaches it can read and change everything",
				"set redis['password'] (requirepass) on the server")
			said = ""
		default:
			c.fail("login", err.Error(), why, loginCure(err, c.target))
			return false
		}
	}
	if _, err := c.client.Do("PING"); err != nil {
		c.fail("login", err.Error(), why, loginCure(err, c.target))
		return false
	}
	if c.target.Database > 0 {
		if _, err := c.client.Do("SELECT", fmt.Sprint(c.target.Database)); err != nil {
			c.fail("login", fmt.Sprintf("database %d cannot be selected: %v", c.target.Database, err), why, "use database 0, or raise databases on the server")
			return false
		}
	}
	if said != "" {
		c.Good("login", "%s", said)
	}
	return true
}

func loginCure(err error, target Target) string {
	if !errors.As(err, new(wire.ServerError)) && !target.TLS.Enabled && target.Socket == "" {
		return "if this port speaks TLS use rediss:// (gitlab_rails['redis_ssl'] = true)"
	}
	word, _, _ := strings.Cut(err.Error(), " ")
	switch word {
	case "NOAUTH":
		return "give the password: redis://:PASSWORD@HOST, REDISCLI_AUTH, or gitlab_rails['redis_password']"
	case "WRONGPASS", "ERR":
		if target.User == "" {
			return "compare the password with redis['password'] on the server; a service with named users wants the user name, too (gitlab_rails['redis_username'])"
		}
		return "compare user and password with ACL LIST on the server"
	case "NOPERM":
		return "allow this user the connection commands: ACL SETUSER NAME +@connection"
	case "LOADING":
		return "the server is reading its data: wait until INFO says loading:0"
	case "DENIED":
		return "the server is in protected mode: set a password there (redis['password'])"
	}
	return "see the error"
}

func (c *checker) readInfo() bool {
	info, err := c.client.Info()
	if err == nil && len(info) == 0 { // refused: have the server say why
		_, err = c.client.Do("INFO")
	}
	if err != nil {
		c.fail("info", "INFO: "+err.Error(), "GitLab reads the version of its Redis from INFO when it starts", "allow the user the command: ACL SETUSER NAME +info")
		return false
	}
	c.info = info
	if config, err := c.client.Pairs("CONFIG", "GET", "*"); err == nil {
		c.config = config
	}
	return true
}
