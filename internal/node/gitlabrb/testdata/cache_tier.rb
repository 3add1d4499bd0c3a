roles(['redis_sentinel_role', 'redis_master_role'])
redis['master_name'] = 'gitlab-redis-cache'
redis['maxmemory'] = '13500mb'
redis['maxmemory_policy'] = "allkeys-lru"
redis['maxmemory_samples'] = 5
redis['save'] = []
redis['rename_commands'] = {}
gitlab_rails['redis_cache_instance'] = 'redis://:pw@gitlab-redis-cache'
gitlab_rails['redis_cache_sentinels'] = [
  {host: '10.6.0.71', port: 26379},
  {'host' => '10.6.0.72', 'port' => 26379},
  {"host": '10.6.0.73', :port => 26379,},
]
