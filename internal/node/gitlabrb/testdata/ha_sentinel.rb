roles 'redis-sentinel-role'
redis['master_name'] = 'gitlab-redis'
redis['master_password'] = 'pw'
redis['master_ip'] = '10.6.0.61'
sentinel['bind'] = '10.6.0.71'
sentinel['quorum'] = 2
sentinel['down_after_milliseconds'] = 10_000
