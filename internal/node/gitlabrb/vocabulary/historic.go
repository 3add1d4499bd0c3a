package vocabulary

import "strings"

// Change is what became of a name that an older gitlab.rb may contain.
type Change struct {
	// Message says since when the name is gone.
	Message string
	// Instead says what to write.
	Instead string
	// ReadAs is the key of the same section that took the place of this one; "" when the old one has no effect.
	ReadAs string
	// NeverExisted says that people write the name although GitLab's package never knew it.
	NeverExisted bool
}

// Historic is what became of a first-level name that is no longer legal.
func Historic(name string) (Change, bool) {
	c, ok := historicNames[name]
	return c, ok
}

// HistoricKey is what became of a key of a section.
func HistoricKey(section, key string) (Change, bool) {
	c, ok := historicKeys[section+"/"+key]
	return c, ok
}

var historicNames = map[string]Change{
	"redis_slave_role":       {Message: "redis_slave_role was renamed in GitLab 13.0 and removed in 14.0", Instead: "write redis_replica_role"},
	"gitlab_monitor":         {Message: "gitlab_monitor was renamed in GitLab 12.3 and removed in 13.0", Instead: "write gitlab_exporter"},
	"sidekiq_cluster":        {Message: "sidekiq_cluster was removed in GitLab 14.0", Instead: "write sidekiq['queue_groups']"},
	"postgres_ha_role":       {Message: "the role postgres_ha_role was removed in GitLab 13.0", Instead: "write postgres_role or patroni_role"},
	"gitlab_git_http":        {Message: "gitlab_git_http_server was renamed in GitLab 8.2", Instead: "write gitlab_workhorse"},
	"gitlab_git_http_server": {Message: "gitlab_git_http_server was renamed in GitLab 8.2", Instead: "write gitlab_workhorse"},
	"omnibus_gitconfig":      {Message: "omnibus_gitconfig was removed in GitLab 16.0", Instead: "write gitaly['configuration'][:git][:config]"},
	"ci_external_url":        {Message: "ci_external_url was removed with GitLab CI in GitLab 8.0", Instead: "delete the line"},
	"ci_nginx":               {Message: "ci_nginx was removed with GitLab CI in GitLab 8.0", Instead: "delete the line"},
	"ci_redis":               {Message: "ci_redis was removed with GitLab CI in GitLab 8.0", Instead: "delete the line"},
	"ci_unicorn":             {Message: "ci_unicorn was removed with GitLab CI in GitLab 8.0", Instead: "delete the line"},
	"ci_sidekiq":             {Message: "ci_sidekiq was removed with GitLab CI in GitLab 8.0", Instead: "delete the line"},
	"suggested_reviewers":    {Message: "suggested_reviewers was removed", Instead: "delete the line"},
	"grafana":                {Message: "the bundled Grafana was removed in GitLab 16.3", Instead: "delete the line"},
}

var historicKeys = map[string]Change{
	"redis/client_output_buffer_limit_slave": {
		Message: "redis['client_output_buffer_limit_slave'] was removed in GitLab 14.0",
		Instead: "write redis['client_output_buffer_limit_replica']", ReadAs: "client_output_buffer_limit_replica"},
	"sentinel/master_name":     {Message: "sentinel['master_name'] never existed", Instead: "write redis['master_name']", NeverExisted: true},
	"sentinel/master_ip":       {Message: "sentinel['master_ip'] never existed", Instead: "write redis['master_ip']", NeverExisted: true},
	"sentinel/master_port":     {Message: "sentinel['master_port'] never existed", Instead: "write redis['master_port']", NeverExisted: true},
	"sentinel/master_password": {Message: "sentinel['master_password'] never existed", Instead: "write redis['master_password']", NeverExisted: true},
}

// Formerly is the old name of a key that is still read in its place.
func Formerly(section, key string) (old string, ok bool) {
	for name, change := range historicKeys {
		former, isOurs := strings.CutPrefix(name, section+"/")
		if isOurs && change.ReadAs == key && key != "" {
			return former, true
		}
	}
	return "", false
}
