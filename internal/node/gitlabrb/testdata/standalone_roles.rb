# Standalone Redis as documented today.
roles ['redis_master_role']
redis['bind'] = '10.0.0.5'
redis['port'] = 6379
redis['password'] = 'redis-password-goes-here'
gitlab_rails['enable'] = false
