external_url = 'https://gitlab.example.com'
roles = ['redis_master_role']
redis['unset'] ||= 'lost'
x = redis['never_set']
redis['y'] = x
redis['pasword'] = 'typo'
redis['client_output_buffer_limit_slave'] = '0 0 0'
sentinel['master_ip'] = '10.0.0.1'
sentinel['qorum'] = 2
gitlab_rails['redis_hots'] = 'x'
gitlab_rails['anything'] = 'fine'
logging['svlog_size'] = 1
redis_master_role['enabled'] = true
if redis['enable']
  redis['hz'] = 20
end
nginx['enable'] = false unless nginx['enable'].nil?
nginx = 1
