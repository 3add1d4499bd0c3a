redis_replica_role['enable'] = true
redis_sentinel_role[:enable] = true
redis['bind'] = '10.6.0.62'
redis['port'] = '6379'
redis['password'] = redis['master_password'] = 'redis-password-goes-here'
redis['master_ip'] = '10.6.0.61' # IP of the primary
redis['announce_ip'] = node['ipaddress']
sentinel['quorum'] = 2
gitlab_rails['auto_migrate'] = false
