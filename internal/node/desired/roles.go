package desired

import (
	"fmt"
	"slices"
	"strings"
)

// serviceRoles are the roles that say what a node is for; when one is given, a component that it does not name is off.
var serviceRoles = []string{
	"application_role", "sidekiq_role", "postgres_role", "patroni_role", "redis_sentinel_role", "redis_master_role",
	"redis_replica_role", "monitoring_role", "pgbouncer_role", "consul_role", "pages_role", "gitaly_role",
}

var otherRoles = []string{"geo_primary_role", "geo_secondary_role", "backup_role"}

func checkRoles(r *reader) {
	var unknown []string
	for _, role := range r.config.Roles {
		if !slices.Contains(serviceRoles, role) && !slices.Contains(otherRoles, role) {
			unknown = append(unknown, strings.TrimSuffix(role, "_role"))
		}
	}
	if len(unknown) > 0 {
		r.fail(r.config.RolePos(unknown[0]+"_role"), "The following invalid roles have been set in 'roles': %s", strings.Join(unknown, ", "))
	}
	if r.config.HasRole("redis_master_role") && r.config.HasRole("redis_replica_role") {
		r.fail(r.config.RolePos("redis_replica_role"), "Cannot define both redis_master_role and redis_replica_role in the same machine.")
	}
}

// redisEnabled follows the original: an explicit enable decides, then the roles; without any service role a node runs
// everything that it can, which here is Redis.
func redisEnabled(r *reader) bool {
	byRole := r.config.HasRole("redis_master_role") || r.config.HasRole("redis_replica_role")
	anyService := slices.ContainsFunc(r.config.Roles, func(role string) bool { return slices.Contains(serviceRoles, role) })
	return r.boolean(byRole || !anyService, "redis", "enable")
}

// noteOtherComponents says once which components were switched on in vain.
func noteOtherComponents(r *reader) {
	var ignored []string
	for _, section := range r.config.Sections() {
		if slices.Contains([]string{"redis", "sentinel", "redis_exporter", "node_exporter", "consul"}, section) || strings.HasSuffix(section, "_role") || configurationOnly(section) {
			continue
		}
		if value, ok := r.value(section, "enable"); ok {
			if on, err := value.AsBool(); err == nil && on {
				ignored = append(ignored, fmt.Sprintf("%s (%s)", section, value.Pos()))
			}
		}
	}
	if len(ignored) > 0 {
		r.warnings = append(r.warnings, "switched on in gitlab.rb but not part of a Redis node, so left alone: "+strings.Join(ignored, ", "))
	}
}

// configurationOnly lists sections whose enable does not start anything.
func configurationOnly(section string) bool {
	switch section {
	case "manage_accounts", "manage_storage_directories", "bootstrap", "high_availability", "package", "logging",
		"prometheus_monitoring", "logrotate", "letsencrypt", "gitlab_rails":
		return true
	}
	return false
}
