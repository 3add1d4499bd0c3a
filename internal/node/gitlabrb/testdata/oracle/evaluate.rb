# Evaluates a gitlab.rb with real Ruby and a small stand-in for the settings
# object of GitLab's package, and prints the JSON that Config.JSON prints.
# Used by hand when the golden files change:
#
#   ruby evaluate.rb FILE.rb    (in this folder)
require 'json'
require 'yaml'

ENV.delete('UNSET')
ENV['REDIS_PASSWORD'] = 'from the environment'
ENV['REDIS_PORT'] = '6380'
ENV['EMPTY'] = ''

FILES = File.expand_path('../files', __dir__)

# Section: keys are strings, reading a missing key creates an empty section.
class Section < Hash
  def key_of(key) = key.is_a?(Symbol) ? key.to_s : key

  def [](key)
    key = key_of(key)
    value = super(key)
    key?(key) ? value : regular_store(key, Section.new)
  end

  alias regular_store store

  def []=(key, value)
    super(key_of(key), convert(value))
  end

  def key?(key) = super(key_of(key))
  def fetch(key, *rest) = super(key_of(key), *rest)
  def delete(key) = super(key_of(key))
  def merge!(other)
    other.each { |key, value| self[key] = value }
    self
  end
  alias store []=
  alias update merge!

  # Copies, where the original shares strings and sections: see doc.go.
  def convert(value)
    case value
    when Hash then Section.new.merge!(value)
    when Array then value.map { |element| convert(element) }
    when String then value.dup
    else value
    end
  end
end

# Redirects the paths of the tests to testdata/files.
class << File
  %i[read readlines exist? file?].each do |name|
    original = instance_method(name)
    define_method(name) do |path, *args, **options|
      original.bind_call(self, path.sub(%r{\A/etc/gitlab(?=/)}, FILES), *args, **options)
    end
  end
end
class << YAML
  def load_file(path, **options) = load(File.read(path), **options)
end

class Settings
  PARENTS = {
    'monitoring' => %w[prometheus alertmanager node_exporter redis_exporter postgres_exporter pgbouncer_exporter gitlab_exporter],
    'gitlab' => %w[gitlab_sshd gitaly_client gitlab_shell gitlab_rails gitlab_workhorse logging unicorn puma mailroom
                   storage_check git_data_dirs actioncable bootstrap manage_accounts manage_storage_directories user
                   gitlab_ci sidekiq remote_syslog web_server prometheus_monitoring gitlab_backup_cli sentinel
                   geo_postgresql geo_secondary geo_logcursor]
  }.freeze
  SCALARS = %w[external_url registry_external_url mattermost_external_url pages_external_url gitlab_kas_external_url
               runtime_dir git_data_dir roles edition].freeze

  def initialize
    @sections = Hash.new { |all, name| all[name] = Section.new }
    @scalars = {}
  end

  def node = { 'fqdn' => 'redis1.example.com', 'hostname' => 'redis1', 'ipaddress' => '10.0.0.1', :ipaddress => '10.0.0.1', 'domain' => 'example.com' }

  def from_file(path)
    path = File.join('/etc/gitlab', path) unless path.start_with?('/')
    text = File.read(path)
    return apply(JSON.parse(text)) if path.end_with?('.json')
    return apply(YAML.safe_load(text)) if path.end_with?('.yml')

    instance_eval(text, path)
  end

  def apply(data)
    data.each do |name, value|
      SCALARS.include?(name) ? @scalars[name] = value : @sections[name].merge!(value)
    end
  end

  def method_missing(name, *args)
    name = name.to_s
    if SCALARS.include?(name)
      @scalars[name] = args.size > 1 ? args : args.first unless args.empty?
      return @scalars[name]
    end
    @sections[name] = Section.new.merge!(args.first) unless args.empty?
    @sections[name]
  end

  def respond_to_missing?(*) = true

  def tree
    tree = { 'gitlab' => {}, 'roles' => {}, 'monitoring' => {} }
    SCALARS.each { |name| tree['gitlab'][name] = @scalars[name] if @scalars.key?(name) && name != 'roles' }
    Array(@scalars['roles']).each { |role| @sections[role.tr('-', '_')]['enable'] = true }
    @sections.keys.sort.each do |name|
      if name.end_with?('_role')
        tree['roles'][name.delete_suffix('_role')] = @sections[name]
      else
        parent = PARENTS.keys.find { |key| PARENTS[key].include?(name) }
        (parent ? tree[parent] : tree)[name] = @sections[name]
      end
    end
    tree
  end
end

def without_nil(value)
  return value unless value.is_a?(Hash)

  value.to_a.reject { |_, v| v.nil? }.to_h { |k, v| [k.to_s, without_nil(v)] }
end

settings = Settings.new
settings.instance_eval(File.binread(ARGV[0]).force_encoding('UTF-8'), '/etc/gitlab/gitlab.rb')
puts JSON.pretty_generate(without_nil(settings.tree))
