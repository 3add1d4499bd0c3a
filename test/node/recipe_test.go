package node

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"redoubt/test/freeport"
	"redoubt/test/program"
)

const (
	recipeFile     = "../../scripts/recipe.rb"
	recipePassword = "Redis Password"
	// unchangedWithin is how long a reconfigure that has nothing to do may take.
	unchangedWithin = time.Second
)

var complaint = regexp.MustCompile(`(?i)\b(error|errors|fail|failed|failure|fatal|cannot|panic)\b`)

// recipe is the text of the recipe with the port of this machine, its only change.
func (m *machine) recipe(t *testing.T) string {
	t.Helper()
	const line = "redis['port'] = 6379\n"
	text := string(program.ReadFile(t, recipeFile))
	if strings.Count(text, line) != 1 {
		t.Fatalf("%s: want the line %q once", recipeFile, line)
	}
	return strings.Replace(text, line, "redis['port'] = "+m.port+"\n", 1)
}

func TestCheck01Recipe(t *testing.T) {
	m := newMachine(t)
	m.write(t, m.recipe(t))
	result := m.mustCtl(t, "reconfigure")
	if !strings.HasSuffix(result.Stdout, "\ngitlab Reconfigured!\n") {
		t.Errorf("the last line is not the one that tools wait for: %v", result)
	}
	if found := complaint.FindString(result.Stdout); found != "" {
		t.Errorf("a reconfigure without errors says %q: %v", found, result)
	}
	if strings.Contains(result.Stdout, recipePassword) {
		t.Errorf("the output shows the password: %v", result)
	}
	m.expectPong(t, recipePassword)
	m.expectRefused(t, "", "NOAUTH")
	m.expectRefused(t, "redis password", "WRONGPASS")
	if log := string(program.ReadFile(t, m.at("var/log/gitlab/redis/current"))); complaint.MatchString(log) {
		t.Errorf("the server's log complains:\n%s", log)
	}
}

func TestCheck02SecondReconfigureChangesNothing(t *testing.T) {
	m := newMachine(t)
	m.write(t, m.recipe(t))
	m.mustCtl(t, "reconfigure")
	server, supervisor := m.pids(t)
	before := m.tree(t)
	fastest := time.Hour
	for range 3 { // a busy machine may delay one of them
		result := m.mustCtl(t, "reconfigure")
		if !strings.Contains(result.Stdout, "nothing to change") || strings.Contains(result.Stdout, "Plan:") {
			t.Errorf("it found something to do: %v", result)
		}
		fastest = min(fastest, result.Took)
	}
	if fastest >= unchangedWithin {
		t.Errorf("it took %v, want less than %v", fastest, unchangedWithin)
	}
	expectSameTree(t, before, m.tree(t))
	if serverNow, supervisorNow := m.pids(t); serverNow != server || supervisorNow != supervisor {
		t.Errorf("pids %d, %d became %d, %d", server, supervisor, serverNow, supervisorNow)
	}
}

func TestCheck12SettingsAreAppliedWithoutRestart(t *testing.T) {
	m := newMachine(t)
	m.settings(t, "redis['password'] = 'pw'")
	m.mustCtl(t, "reconfigure")
	server, _ := m.pids(t)
	m.settings(t, "redis['password'] = 'pw'",
		"redis['maxmemory'] = '100mb'", "redis['hz'] = 20", "redis['tcp_timeout'] = 0", "redis['maxclients'] = 5000",
		"redis['save'] = ['60 1', '30 1000']")
	result := m.mustCtl(t, "reconfigure")
	if !strings.Contains(result.Stdout, "change the running redis without a restart") || strings.Contains(result.Stdout, "restart redis:") {
		t.Errorf("plan: %v", result)
	}
	client := m.client(t, "pw")
	for name, want := range map[string]string{
		"maxmemory": "104857600", "hz": "20", "timeout": "0", "maxclients": "5000", "save": "60 1 30 1000",
	} {
		if got := configGet(t, client, name); got != want {
			t.Errorf("CONFIG GET %s: %q, want %q", name, got, want)
		}
	}
	conf := string(program.ReadFile(t, m.at("var/opt/gitlab/redis/redis.conf")))
	for _, line := range []string{"maxmemory 100mb", "hz 20", "timeout 0", "maxclients 5000", "save 60 1", "save 30 1000"} {
		if !strings.Contains(conf, "\n"+line+"\n") {
			t.Errorf("redis.conf has no line %q:\n%s", line, conf)
		}
	}
	if now, _ := m.pids(t); now != server {
		t.Errorf("the server was restarted: pid %d became %d", server, now)
	}
	if again := m.mustCtl(t, "reconfigure"); !strings.Contains(again.Stdout, "nothing to change") {
		t.Errorf("the next run finds something to do: %v", again)
	}
}

func TestPortMovesWithoutRestart(t *testing.T) {
	m := newMachine(t)
	m.settings(t)
	m.mustCtl(t, "reconfigure")
	server, _ := m.pids(t)
	program.Do(t, m.client(t, ""), "SET", "k", "v")
	former := *m
	m.port = freeport.Must(t)
	m.settings(t)
	result := m.mustCtl(t, "reconfigure")
	if want := "change the running redis without a restart: port: " + former.port + " -> " + m.port; !strings.Contains(result.Stdout, want) {
		t.Errorf("the plan does not say %q: %v", want, result)
	}
	if got := program.Do(t, m.client(t, ""), "GET", "k"); got != "v" {
		t.Errorf("GET k: %v", got)
	}
	if former.answers(t, "") {
		t.Error("the former port still answers")
	}
	if now, _ := m.pids(t); now != server {
		t.Errorf("the server was restarted: pid %d became %d", server, now)
	}
}

func TestUpgradeHonoursTheFlags(t *testing.T) {
	for _, flag := range []string{"skip-auto-migrations", "skip-auto-reconfigure"} {
		t.Run(flag, func(t *testing.T) {
			m := newMachine(t)
			m.settings(t, "redis['hz'] = 11")
			m.mustCtl(t, "reconfigure")
			server, supervisor := m.pids(t)
			m.settings(t, "redis['hz'] = 12")
			program.WriteFile(t, m.at("etc/gitlab/"+flag), nil)
			before := m.tree(t)
			result := m.mustCtl(t, "upgrade")
			if !strings.Contains(result.Stdout, m.at("etc/gitlab/"+flag)) || !strings.Contains(result.Stdout, "neither reconfigures nor migrates") {
				t.Errorf("it does not say why nothing happens: %v", result)
			}
			expectSameTree(t, before, m.tree(t))
			if serverNow, supervisorNow := m.pids(t); serverNow != server || supervisorNow != supervisor {
				t.Errorf("pids %d, %d became %d, %d", server, supervisor, serverNow, supervisorNow)
			}
			if got := configGet(t, m.client(t, ""), "hz"); got != "11" {
				t.Errorf("hz is %s: the upgrade reconfigured", got)
			}
			if err := os.Remove(m.at("etc/gitlab/" + flag)); err != nil {
				t.Fatal(err)
			}
			m.mustCtl(t, "upgrade")
			if got := configGet(t, m.client(t, ""), "hz"); got != "12" {
				t.Errorf("hz is %s: without the flag, upgrade reconfigures", got)
			}
		})
	}
}
