package paths

import "testing"

func TestEverythingStaysBelowTheRoot(t *testing.T) {
	layout, err := New("/srv/node")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		layout.ConfigFile():                 "/srv/node/etc/gitlab/gitlab.rb",
		layout.At("/mnt/redis"):             "/srv/node/mnt/redis",
		layout.At("/srv/node/mnt/redis"):    "/srv/node/mnt/redis",
		layout.At("/srv/nodes"):             "/srv/node/srv/nodes",
		layout.At("/../../etc/passwd"):      "/srv/node/etc/passwd",
		layout.ServiceDefinitions():         "/srv/node/opt/gitlab/sv",
		layout.SkipReconfigureFlags()[1]:    "/srv/node/etc/gitlab/skip-auto-migrations",
		layout.SupervisorDirectory():        "/srv/node/opt/gitlab/supervise",
		layout.SystemdUnits() + "/x":        "/srv/node/etc/systemd/system/x",
		layout.LogDirectory() + "/redis":    "/srv/node/var/log/gitlab/redis",
		layout.DataDirectory() + "/redis":   "/srv/node/var/opt/gitlab/redis",
		layout.EnabledServices() + "/redis": "/srv/node/opt/gitlab/service/redis",
	} {
		if path != want {
			t.Errorf("got %s, want %s", path, want)
		}
	}
	if !layout.Relocated() {
		t.Error("a layout below a root must say so")
	}
}

func TestTheRealMachine(t *testing.T) {
	for _, root := range []string{"", "/"} {
		layout, err := New(root)
		if err != nil {
			t.Fatal(err)
		}
		if layout.Relocated() || layout.ConfigFile() != "/etc/gitlab/gitlab.rb" {
			t.Errorf("root %q: relocated=%v config=%s", root, layout.Relocated(), layout.ConfigFile())
		}
	}
}
