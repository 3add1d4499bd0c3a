package desired

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"redoubt/internal/node/gitlabrb/vocabulary"
	"redoubt/internal/node/liveconfig"
	"redoubt/internal/node/redisconf"
)

// TestEffectsAreWhatIsDone: what the guide says of a change is what the comparison with a running server does.
func TestEffectsAreWhatIsDone(t *testing.T) {
	section, _ := vocabulary.Lookup("redis")
	for _, key := range section.Keys {
		if key.Directive == "" {
			continue
		}
		if cold := liveconfig.StartOnly(key.Directive); cold != (key.Effect == vocabulary.Restart) {
			t.Errorf("redis['%s']: the guide says %q, but %s needs a restart: %v", key.Name, key.Effect, key.Directive, cold)
		}
	}
}

// sample is a value that differs from the key's default.
func sample(key vocabulary.Key) string {
	switch key.Type {
	case vocabulary.Boolean, vocabulary.YesNo:
		if key.Default == "true" {
			return "false"
		}
		return "true"
	case vocabulary.Integer:
		return "7"
	case vocabulary.Octets:
		return "'7mb'"
	case vocabulary.Mode:
		return "'707'"
	case vocabulary.OneOf:
		others := slices.DeleteFunc(slices.Clone(key.Values), func(value string) bool { return value == key.DefaultText() })
		return "'" + others[len(others)-1] + "'"
	case vocabulary.Path, vocabulary.PathOrOff:
		return "'/sample'"
	case vocabulary.Strings:
		return "['7 7']"
	case vocabulary.Table:
		return "{ 'KEYS' => 'sample' }"
	}
	switch {
	case strings.HasPrefix(key.Name, "client_output"):
		return "'7 7 7'"
	case key.Name == "bind":
		return "'127.0.0.7'"
	case key.Name == "myid":
		return "'" + strings.Repeat("7", 40) + "'"
	}
	return "'10.7.7.7'"
}

// TestEveryKeyReachesItsDirective: a key with a directive changes that directive.
func TestEveryKeyReachesItsDirective(t *testing.T) {
	base := map[string]string{
		"redis": "", "sentinel": tier + "roles ['redis_sentinel_role', 'redis_replica_role']\n",
	}
	for section, source := range base {
		known, _ := vocabulary.Lookup(section)
		for _, key := range known.Keys {
			if key.Directive == "" || key.Name == "myid" { // the identity is chosen when the plan is made
				continue
			}
			before := source
			if strings.HasPrefix(key.Name, "tls_") && key.Name != "tls_port" {
				before += section + "['tls_port'] = 1; "
			}
			line := fmt.Sprintf("%s['%s'] = %s\n", section, key.Name, sample(key))
			have, want := rendered(t, before, section), rendered(t, before+line, section)
			for _, directive := range strings.Split(key.Directive, ", ") {
				if !slices.ContainsFunc(want, func(line string) bool {
					return strings.Contains(line, directive) && !slices.Contains(have, line)
				}) {
					t.Errorf("%s does not reach %s", strings.TrimSpace(line), directive)
				}
			}
		}
	}
}

// rendered is what a gitlab.rb has a section write, line by line.
func rendered(t *testing.T, source, section string) []string {
	t.Helper()
	state := mustDecide(t, source)
	if section == "redis" {
		return lines(state.Redis.Directives)
	}
	all := lines(state.Sentinel.Server)
	for _, d := range state.Sentinel.Primary {
		name := d.Name
		if name == "quorum" {
			name = "monitor"
		}
		all = append(all, redisconf.New("sentinel", append([]string{name}, d.Args...)...).String())
	}
	return all
}

func lines(directives []redisconf.Directive) []string {
	var all []string
	for _, d := range directives {
		all = append(all, d.String())
	}
	return all
}

// TestCheck07WrongTypes: a wrong value is an error with its place where the key counts, and a warning where it does not.
func TestCheck07WrongTypes(t *testing.T) {
	for source, want := range map[string]string{
		"redis['enable'] = 'maybe'":                     "gitlab.rb:1: redis['enable']: want true or false, got a string",
		"redis['hz'] = [1]":                             "redis['hz']: want an integer, got an array",
		"redis['hz'] = -1":                              "redis['hz']: -1 is less than 0",
		"redis['dir'] = 'relative'":                     `redis['dir']: "relative" is not an absolute path`,
		"redis['save'] = 'often'":                       `redis['save']: "often" is not "SECONDS CHANGES"`,
		"redis['rename_commands'] = ['KEYS']":           "redis['rename_commands']: want a hash",
		"redis['tls_auth_clients'] = 'perhaps'":         `redis['tls_auth_clients']: "perhaps" is not one of yes, no, optional`,
		"redis['tls_replication'] = 'perhaps'":          "redis['tls_replication']: want true or false",
		"logging['svlogd_size'] = 'big'":                "logging['svlogd_size']: want an integer",
		"package['modify_kernel_parameters'] = 'never'": "package['modify_kernel_parameters']: want true or false",
	} {
		_, err := decide(t, source, environment("", nil))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "gitlab.rb:") != 1 {
			t.Errorf("%s: error %v, want once %s", source, err, want)
		}
	}
	warnings := strings.Join(mustDecide(t, "consul['configuration'] = 7\ngitlab_rails['redis_port'] = 'x'").Warnings, "\n")
	for _, want := range []string{"gitlab.rb:1: consul['configuration']: want a hash", "gitlab.rb:2: gitlab_rails['redis_port']: want an integer"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("warnings %s", warnings)
		}
	}
}
