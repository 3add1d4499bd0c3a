h = gitlab_rails
env = 'production'
if env == 'production'
  h['if'] = 1
elsif env == 'x'
  h['if'] = 2
else
  h['if'] = 3
end
if env == 'x' then h['then'] = 1 else h['then'] = 2 end
unless env == 'x'
  h['unless'] = 1
else
  h['unless'] = 2
end
h['modifier'] = 1 if env == 'production'
h['skipped'] = 1 unless env
h['both'] = 1 if env unless nil
h['value'] = if env then 'a' else 'b' end
h['none'] = if false then 1 end
case env
when 'staging', 'test' then h['case'] = 1
when 'production'
  h['case'] = 2
else h['case'] = 3
end
h['case_value'] = case 5 when 1 then 'a' when Integer then 'int' end
h['case_bare'] = case
                 when env == 'x' then 1
                 when env.start_with?('p') then 2
                 end
if env == 'production' &&
   !env.empty? and
   not nil
  h['long'] = true
end
if false
  unset = 1
end
h['unset'] = unset.nil?
raise 'never' if env == 'other'
if true; h['semicolon'] = 1; end
if (env == 'production')
  if env.length > 3 then
    h['inner'] = 'yes'
  end
end
(redis['port'] = 1) if true
h['assigned'] = (k = 5) + k
puts_ = 1
h['puts_'] = puts_
redis({ 'port' => 2, bind: 'x' })
external_url("https://a.example.com")
pages_external_url 'http://' + 'pages.' + %w(example com).join('.')
external_url external_url.sub('a.', 'b.')
redis['hz'] = redis['port'] * 5
redis['x'] = redis.key?('port') && !redis.key?('nothing')
redis['merged'] = redis.fetch('port', 7)
redis['nilled'] = nil
redis['nilled'] ||= 'set'
redis['port'] ||= 9
redis['bind'] &&= 'y'
redis['port'] += 1
redis['save'] = ['900 1']
redis['save'] << '300 10'
redis['save'] += ['60 10000']
redis['list'] = [{ a: 1 }]
redis['list'][0]['b'] = 2
redis['list'][0][:c]['d'] = 3
base = { tls: { on: true } }
redis['one'] = base
base[:tls][:on] = false
redis['two'] = base
text = 'a'
redis['three'] = text
text << 'b'
r = redis
r['via_local'] = r['one']['tls']['on']
redis.delete('three')
redis['update'].merge!(a: 1)
true && redis['and_set'] = 1
false || other = 2
redis['other'] = other
