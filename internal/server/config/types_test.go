package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/internal/server/config"
)

// TestTypes goes through the types of parameters: what is accepted, how it is shown, and how it is refused. Values that
// set.txt has recorded from a real server are not repeated.
func TestTypes(t *testing.T) {
	const refused = "!"
	for _, test := range []struct{ name, value, want string }{
		{"rdbcompression", "YES", "yes"},
		{"activedefrag", "no", "no"},
		{"activedefrag", "yes", refused + "Active defragmentation cannot be enabled: this server's memory is laid out " +
			"so that it does not fragment the way the option cures"},

		{"rdb-version", "10", "10"},
		{"rdb-version", "9", refused + "argument must be between 10 and 11 inclusive"},
		{"timeout", "-0", refused + "argument couldn't be parsed into an integer"},
		{"list-max-listpack-size", "-5", "-5"},

		{"maxmemory", "7b", "7"},
		{"maxmemory", "7k", "7000"},
		{"maxmemory", "7Kb", "7168"},
		{"maxmemory", "7m", "7000000"},
		{"maxmemory", "7MB", "7340032"},
		{"maxmemory", "7g", "7000000000"},
		{"maxmemory", "7gb", "7516192768"},
		{"maxmemory", "99999999999gb", "18446744073709551615"},
		{"maxmemory", "7 gb", refused + "argument must be a memory value"},
		{"maxmemory", "7\x00tb", "7"},
		{"maxmemory", "7tb", refused + "argument must be a memory value"},
		{"maxmemory-clients", "100%", "100%"},
		{"maxmemory-clients", "0%", "0"},
		{"maxmemory-clients", "5%%", refused + "argument must be a memory or percent value"},

		{"loglevel", "Nothing", "nothing"},
		{"oom-score-adj", "relative", "yes"},
		{"shutdown-on-sigterm", "force  now", refused + "argument(s) must be one of the following: " +
			"default, save, nosave, now, force"},

		{"cluster-announce-hostname", strings.Repeat("a", 255), strings.Repeat("a", 255)},
		{"cluster-announce-hostname", strings.Repeat("a", 256), refused + "Hostnames must be less than 256 characters"},
		{"cluster-announce-human-nodename", "node-1", "node-1"},
		{"cluster-announce-human-nodename", "a|b", refused + "Announced human node name contained invalid character"},
		{"proc-title-template", "{title} {{ {config-file}", "{title} {{ {config-file}"},
		{"proc-title-template", "  ", refused + "template format is invalid or contains unknown variables"},
		{"locale-collate", "C.UTF-8", "C.UTF-8"},
		{"locale-collate", "es_CL.UTF-8", refused + "Invalid locale name"},
		{"dbfilename", "a/b", refused + "dbfilename can't be a path, just a filename"},
		{"dbfilename", "", refused + "dbfilename can't be empty"},
		{"requirepass", "a\x00 \"'\\#é", "a\x00 \"'\\#é"},

		{"bind", "10.0.0.1 -::1", "10.0.0.1 -::1"},
		{"bind", "", ""},
		{"bind", "a\nb", refused + "Failed to bind to specified addresses."},
		{"notify-keyspace-events", "AKEn", "AnKE"},
		{"notify-keyspace-events", "AAgg", "A"},
		{"client-output-buffer-limit", "slave 0 0 0", "normal 0 0 0 slave 0 0 0 pubsub 33554432 8388608 60"},
		{"latency-tracking-info-percentiles", "99.999999999", "100"},
		{"latency-tracking-info-percentiles", "inf",
			refused + "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
	} {
		c := load(t, "--enable-protected-configs", "yes")
		err := c.Set([]string{test.name, test.value}, config.Requester{})
		got := c.Current().Text(test.name)
		if err != nil {
			_, reason, _ := strings.Cut(err.Error(), "') - ")
			got = refused + reason
		}
		if got != test.want {
			t.Errorf("%s %q: got %q, want %q", test.name, test.value, got, test.want)
		}
	}
}

// TestOmnibusFile loads the directives that GitLab's package writes.
func TestOmnibusFile(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "omnibus.conf"))
	if err != nil {
		t.Fatal(err)
	}
	s := loadLines(t, string(content)).Current()
	for name, want := range map[string]string{
		"bind": "0.0.0.0", "save": "900 1 300 10 60 10000", "requirepass": "Redis Password", "unixsocketperm": "777",
		"client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
	} {
		if got := s.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestGenerationGrows(t *testing.T) {
	c := load(t)
	before := c.Current().Generation()
	if err := c.Set([]string{"hz", "20"}, config.Requester{}); err != nil {
		t.Fatal(err)
	}
	if after := c.Current().Generation(); after <= before {
		t.Errorf("generation %d, before the change %d", after, before)
	}
}

func TestUnknownNameIsAProgrammingError(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("asking for a parameter that does not exist does not panic")
		}
	}()
	load(t).Current().Int("no-such-parameter")
}
