# Specify server roles as 'redis_master_role' and enable Consul agent
roles ['redis_sentinel_role', 'redis_master_role', 'consul_role']

## Enable service discovery for Prometheus
consul['monitoring_service_discovery'] = true
consul['configuration'] = {
   retry_join: %w(10.6.0.11 10.6.0.12
                  10.6.0.13),
}

redis['bind'] = '10.6.0.61'
redis['port'] = 6379
redis['password'] = 'redis-password-goes-here'
redis['master_name'] = 'gitlab-redis'
redis['master_password'] = 'redis-password-goes-here'
redis['master_ip'] = '10.6.0.61'

## Sentinel
sentinel['bind'] = '0.0.0.0'
sentinel['password'] = 'sentinel-password-goes-here'
sentinel['quorum'] = 2
# sentinel['down_after_milliseconds'] = 10000

node_exporter['listen_address'] = '0.0.0.0:9100'
redis_exporter['listen_address'] = '0.0.0.0:9121'
redis_exporter['flags'] = {
  'redis.addr' => 'redis://10.6.0.61:6379',
  'redis.password' => 'redis-password-goes-here',
}
gitlab_rails['auto_migrate'] = false
