redis['password'] = ENV['REDIS_PASSWORD']
redis['port'] = ENV.fetch('REDIS_PORT', '6379').to_i
redis['hz'] = ENV['UNSET'] || 10
redis['a'] = ENV.fetch('UNSET', 'default')
redis['b'] = ENV['EMPTY'].empty? ? 'was empty' : ENV['EMPTY']
redis['c'] = "#{ENV['UNSET']}|#{ENV.key?('EMPTY')}"
redis['maxmemory'] = (ENV['UNSET'] || '1').to_i * 1024
redis['d'] = File.read('/etc/gitlab/redis_password').strip
redis['e'] = File.exist?('/etc/gitlab/nothing') ? File.read('/etc/gitlab/nothing') : 'none'
redis['f'] = File.readlines('/etc/gitlab/lines.txt', chomp: true)
redis['g'] = YAML.load_file('/etc/gitlab/values.yml', aliases: true)
redis['h'] = YAML.safe_load("a: 1\nb: [x, y]", symbolize_names: true)[:b]
from_file '/etc/gitlab/common.rb'
redis['i'] = SHARED
redis['announce_ip'] = node['fqdn']
redis['j'] = "#{node['hostname']}.internal #{node[:ipaddress]} #{node['domain']}"
from_file 'data.json' if File.exist?('/etc/gitlab/data.json')
from_file('data.yml')
if ENV['REDIS_PORT'] == '6380' then sentinel['port'] = 26380 end
