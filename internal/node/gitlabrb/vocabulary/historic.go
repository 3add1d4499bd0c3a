package vocabulary

// Change is what became of a name that an older gitlab.rb may contain.
type Change struct {
	// Message says since when the name is gone.
	Message string
	// Instead says what to write.
	Instead string
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
	"redis_slave_role":       {"redis_slave_role was renamed in GitLab 13.0 and removed in 14.0", "write redis_replica_role"},
	"gitlab_monitor":         {"gitlab_monitor was renamed in GitLab 12.3 and removed in 13.0", "write gitlab_exporter"},
	"sidekiq_cluster":        {"sidekiq_cluster was removed in GitLab 14.0", "write sidekiq['queue_groups']"},
	"postgres_ha_role":       {"the role postgres_ha_role was removed in GitLab 13.0", "write postgres_role or patroni_role"},
	"gitlab_git_http":        {"gitlab_git_http_server was renamed in GitLab 8.2", "write gitlab_workhorse"},
	"gitlab_git_http_server": {"gitlab_git_http_server was renamed in GitLab 8.2", "write gitlab_workhorse"},
	"omnibus_gitconfig":      {"omnibus_gitconfig was removed in GitLab 16.0", "write gitaly['configuration'][:git][:config]"},
	"ci_external_url":        {"ci_external_url was removed with GitLab CI in GitLab 8.0", "delete the line"},
	"ci_nginx":               {"ci_nginx was removed with GitLab CI in GitLab 8.0", "delete the line"},
	"ci_redis":               {"ci_redis was removed with GitLab CI in GitLab 8.0", "delete the line"},
	"ci_unicorn":             {"ci_unicorn was removed with GitLab CI in GitLab 8.0", "delete the line"},
	"ci_sidekiq":             {"ci_sidekiq was removed with GitLab CI in GitLab 8.0", "delete the line"},
	"suggested_reviewers":    {"suggested_reviewers was removed", "delete the line"},
	"grafana":                {"the bundled Grafana was removed in GitLab 16.3", "delete the line"},
}

var historicKeys = map[string]Change{
	"redis/client_output_buffer_limit_slave": {
		"redis['client_output_buffer_limit_slave'] was removed in GitLab 14.0", "write redis['client_output_buffer_limit_replica']"},
	"sentinel/master_name":     {"sentinel['master_name'] never existed", "write redis['master_name']"},
	"sentinel/master_ip":       {"sentinel['master_ip'] never existed", "write redis['master_ip']"},
	"sentinel/master_port":     {"sentinel['master_port'] never existed", "write redis['master_port']"},
	"sentinel/master_password": {"sentinel['master_password'] never existed", "write redis['master_password']"},
}
