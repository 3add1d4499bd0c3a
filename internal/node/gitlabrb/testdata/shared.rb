## One file for every node of the installation.
=begin
Nothing in here counts:
foo['bar'] = 1
=end
external_url 'https://gitlab.example.com'
registry_external_url "https://registry.example.com"
git_data_dirs({ "default" => { "path" => "/mnt/nfs/git-data" } })
gitlab_rails['smtp_enable'] = true
gitlab_rails['ldap_servers'] = YAML.load <<-'EOS' # remember to close this block with 'EOS' below
   main: # 'main' is the GitLab 'provider ID'
     label: 'LDAP'
     host: '_your_ldap_server'
     port: 389
     uid: sAMAccountName
     active_directory: true
     attributes:
       username: ['uid', 'userid', 'sAMAccountName']
EOS
gitlab_rails['omniauth_providers'] = [
  {
    name: "saml",
    label: "Login", # optional
    args: {
      assertion_consumer_service_url: "https://gitlab.example.com/users/auth/saml/callback",
      name_identifier_format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
    }
  }
]
gitlab_rails['initial_root_password'] = File.read('/etc/gitlab/redis_password').chomp
gitlab_rails['trusted_proxies'] = %w[10.0.0.0/8 192.168.0.0/16]
nginx['listen_port'] = 80
nginx['custom_gitlab_server_config'] = "location ^~ /foo-namespace/bar-project/raw/ {\n deny all;\n}\n"
nginx['proxy_set_headers'] = {
  "Host" => "$http_host_with_default",
  "X-Forwarded-Proto" => "https",
}
postgresql['shared_buffers'] = "256MB"
postgresql['trust_auth_cidr_addresses'] = %w()
puma['worker_processes'] = 2
sidekiq['queue_groups'] = ['*'] * 4
gitaly['configuration'] = {
  storage: [
    { name: 'default', path: '/var/opt/gitlab/git-data/repositories' },
  ],
}
gitaly['configuration'][:auth][:token] = 'x'
patroni['postgresql']['max_connections'] = 500
letsencrypt['enable'] = false; mattermost['enable'] = false
user['uid'] = 998
web_server['external_users'] = ['www-data']
prometheus['scrape_configs'] = [
  {
    'job_name': 'redis',
    'static_configs' => [
      'targets' => ['1.1.1.1:9121', '1.1.1.2:9121'],
    ],
  },
]
praefect['enable'] = pgbouncer['enable'] = false
logging['svlogd_size'] = 200 * 1024 * 1024
logging['logrotate_rotate'] = 30
package['modify_kernel_parameters'] = false
high_availability['mountpoint'] = '/mnt/data'
crond['enable'] = true
gitlab_rails['backup_upload_connection'] = { 'provider' => 'AWS', 'region' => 'eu-west-1',
  'aws_access_key_id' => 'A' 'KIA', }
gitlab_pages['env'] = { 'X' => "a" \
  "b" }
gitlab_rails[:object_store]['objects']['artifacts']['bucket'] = "artifacts"
runtime_dir '/run'
