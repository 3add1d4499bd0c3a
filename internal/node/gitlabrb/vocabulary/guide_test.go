package vocabulary

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/guides/gitlab-rb.md")

const guideFile = "../../../../docs/guides/gitlab-rb.md"

const guideIntroduction = `# The settings of gitlab.rb

<!-- Generated from internal/node/gitlabrb/vocabulary by: go test ./internal/node/gitlabrb/vocabulary -run TestGuide -update -->

Every setting that concerns a Redis or Sentinel node. What a change takes:

| In the tables | A changed value |
| --- | --- |
| while it runs | is set in the running server; nothing is restarted |
| restart | restarts the service that it concerns, and the plan says so; the primary of a watched tier is not restarted |
| next start | counts from the next start on |
| set-up of a tier | counts until Sentinel watches the server; without Sentinel it is applied while Redis runs |
| log, at once | is taken over by the log without a restart |
| reconfigure | is done or undone by reconfigure, or used by the tools |
| none here | nothing: the setting is accepted, so that nodes may share a file; a value of the wrong type is a warning |

A value of the wrong type or out of range is an error with file and line, and nothing is changed. Numbers and truth values may
be written as text ('6379', 'yes'). nil is as good as not set. An unknown key is a warning with the nearest known one; an unknown
section is an error. Settings of GitLab's other components are accepted.

The last column says what is different here and why; "there" is GitLab's package. One difference goes for all: there, every
changed byte of redis.conf or sentinel.conf restarts the service, also when the server itself wrote it; here values are
compared by their meaning, quoted whatever they hold, and set in the running server where it can take them.

`

func guide() string {
	var g strings.Builder
	g.WriteString(guideIntroduction)
	g.WriteString("## Roles\n\n" +
		"`roles ['redis_master_role', 'redis_sentinel_role']`, `roles 'redis_master_role'`, `redis_master_role['enable'] = true`; hyphens\ncount as " +
		"underscores. `redis_master_role` and `redis_replica_role` run Redis, `redis_sentinel_role` runs Sentinel. Without any role Redis\n" +
		"runs, with another role only if `redis['enable'] = true`. An explicit `enable` wins over roles.\n\nRoles there are: ")
	g.WriteString(strings.Join(Roles(), ", ") + ".\n")
	for _, s := range documented {
		known, _ := Lookup(s.section)
		fmt.Fprintf(&g, "\n## %s\n\n%s\n\n%s", s.section, s.about, table(s.section, known.Keys))
	}
	g.WriteString("\n## gitlab_rails\n\nHow application nodes reach Redis. On a Redis node these have no effect, except that `gitlab-ctl get-redis-master` asks\n" +
		"the Sentinels of `redis_sentinels` too. Of the following, those of a single connection also exist for each instance class, as\n" +
		"`redis_CLASS_…`, together with `redis_CLASS_instance` (a URL) and `redis_CLASS_cluster_nodes`, for CLASS one of " +
		strings.Join(instances, ", ") + ".\n\n")
	g.WriteString(table("gitlab_rails", slices.DeleteFunc(slices.Clone(railsRedisKeys), ofAnInstance)))
	g.WriteString("\n## Former names\n\nNames that GitLab's package does not have any more, or never had.\n\n| Name | What became of it | Here |\n| --- | --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(historicNames)) {
		c := historicNames[name]
		fmt.Fprintf(&g, "| `%s` | %s | an error that says: %s |\n", name, c.Message, c.Instead)
	}
	for _, name := range slices.Sorted(maps.Keys(historicKeys)) {
		c := historicKeys[name]
		effect := "a warning that says: " + c.Instead
		if c.ReadAs != "" {
			effect = "read as `" + c.ReadAs + "`, and listed under Removals"
		}
		section, key, _ := strings.Cut(name, "/")
		fmt.Fprintf(&g, "| `%s['%s']` | %s | %s |\n", section, key, c.Message, effect)
	}
	return g.String()
}

// ofAnInstance says whether a key belongs to one class of instances.
func ofAnInstance(key Key) bool {
	return slices.ContainsFunc(instances, func(name string) bool { return strings.HasPrefix(key.Name, "redis_"+name+"_") })
}

func table(section string, keys []Key) string {
	var t strings.Builder
	t.WriteString("| Key | Takes | Default | What it does | A change takes | Different from GitLab's package |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, key := range keys {
		takes := string(key.Type)
		if key.Type == OneOf {
			takes = strings.Join(key.Values, ", ")
		}
		does := key.Doc
		if key.Directive != "" {
			does += " (`" + key.Directive + "`)"
		}
		fmt.Fprintf(&t, "| `%s['%s']` | %s | `%s` | %s | %s | %s |\n", section, key.Name, takes, key.Default, does, key.Effect, key.Differs)
	}
	return t.String()
}

// TestGuide: the guide says what the tables say.
func TestGuide(t *testing.T) {
	want := guide()
	if *update {
		if err := os.WriteFile(guideFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(guideFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("docs/guides/gitlab-rb.md is out of date; write it anew with: go test ./internal/node/gitlabrb/vocabulary -run TestGuide -update\n%s", diff)
	}
}

// TestEveryKeyIsExplained: each has an effect, each section with keys is in the guide.
func TestEveryKeyIsExplained(t *testing.T) {
	for _, name := range Sections() {
		section, _ := Lookup(name)
		inGuide := name == "gitlab_rails"
		for _, s := range documented {
			inGuide = inGuide || s.section == name
		}
		if len(section.Keys) > 0 && !inGuide {
			t.Errorf("%s is not in the guide", name)
		}
		for _, key := range section.Keys {
			if key.Effect == "" || (key.Type == OneOf) != (len(key.Values) > 0) {
				t.Errorf("%s['%s']: effect %q, type %s, values %v", name, key.Name, key.Effect, key.Type, key.Values)
			}
			if strings.Contains(key.Doc+key.Differs+key.Default, "|") {
				t.Errorf("%s['%s'] would break the table", name, key.Name)
			}
		}
	}
}
