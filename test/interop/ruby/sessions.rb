# frozen_string_literal: true

# Rails' sessions in Redis: redis-actionpack's store, which GitLab's is made of, and Rails' own store on the cache; and the
# list of a user's sessions that GitLab keeps beside them.

require_relative 'step'
require 'action_controller'
require 'action_dispatch/middleware/session/redis_store'
require 'active_support/cache/redis_cache_store'
require 'connection_pool'
require 'rack/test'
require 'redis-store'

$r = Redis.new(url: URL)

# Site is one Rails controller behind one session store, and browsers that visit it.
class Site
  class PagesController < ActionController::Base
    def sign_in
      session[:user] = params[:user]
      count
    end

    def renew
      request.session_options[:renew] = true
      count
    end

    def sign_out
      reset_session
      render(plain: 'bye')
    end

    def skip
      request.session_options[:skip] = true
      render(plain: 'skipped')
    end

    def fill
      session[:large] = 'x' * params[:size].to_i
      render(plain: session[:large].size.to_s)
    end

    def notify
      flash[:notice] = 'saved'
      render(plain: 'flashed')
    end

    def notice = render(plain: flash[:notice].inspect)
    def count = render(plain: "#{session[:user]} #{session[:visits] = session.fetch(:visits, 0) + 1}")
    def look = render(plain: "#{session[:user].inspect} #{session.to_h.keys.sort}")
  end

  def initialize(store, **options)
    routes = ActionDispatch::Routing::RouteSet.new
    routes.draw { PagesController.action_methods.each { |name| get name => "site/pages##{name}" } }
    @app = ActionDispatch::Cookies.new(store.new(ActionDispatch::Flash.new(routes), key: '_session', expire_after: 604_800, **options))
  end

  def browser = Rack::Test::Session.new(@app)
end

def visit(browser, path) = browser.get(path).then { |answer| answer.status == 200 ? answer.body : "#{answer.status} #{answer.errors}" }
def cookie(browser) = browser.cookie_jar['_session']

# The key of a session holds a digest of the cookie, not the cookie.
def keys(prefix) = $r.keys("#{prefix}*").map { |k| k.sub(/\h{64}\z/, 'digest') }.tally

# sessions plays the life of sessions on a site whose keys begin with a prefix.
def sessions(name, prefix, site)
  step("#{name} life") do
    $r.flushall
    b = site.browser
    [visit(b, '/look'), keys(prefix), visit(b, '/sign_in?user=ada'), visit(b, '/count'), visit(b, '/look'), keys(prefix), $r.ttl($r.keys.first).between?(604_700, 604_800)]
  end
  step("#{name} flash") { site.browser.then { |b| [visit(b, '/notify'), visit(b, '/notice'), visit(b, '/notice')] } }
  step("#{name} renewal") do
    $r.flushall
    b = site.browser
    visit(b, '/sign_in?user=eve')
    before = cookie(b)
    [visit(b, '/renew'), cookie(b) == before, visit(b, '/count'), keys(prefix), site.browser.then { |thief| thief.set_cookie("_session=#{before}") && visit(thief, '/look') }]
  end
  step("#{name} end") do
    b = site.browser
    [visit(b, '/sign_in?user=bob'), visit(b, '/sign_out'), visit(b, '/look')]
  end
  step("#{name} unknown cookie") { site.browser.then { |b| b.set_cookie("_session=#{'0' * 32}") && [visit(b, '/count'), cookie(b) == '0' * 32] } }
  step("#{name} expiry") do
    $r.flushall
    b = site.browser
    visit(b, '/sign_in?user=old')
    $r.keys.each { |k| $r.pexpire(k, 1) }
    [eventually { $r.dbsize.zero? }, visit(b, '/look')]
  end
  step("#{name} large") { site.browser.then { |b| [visit(b, '/fill?size=3000000'), visit(b, '/count')] } }
  step("#{name} skipped") { $r.flushall && [visit(site.browser, '/skip'), $r.dbsize] }
  step("#{name} many at once") do
    Array.new(10) { |i| Thread.new { site.browser.then { |b| visit(b, "/sign_in?user=u#{i}") && Array.new(20) { visit(b, '/count') }.last } } }.map(&:value)
  end
end

redis = ActionDispatch::Session::RedisStore
sessions('store', 'session:gitlab:', Site.new(redis, servers: ["#{URL}/0/session:gitlab"]))
sessions('pool', 'session:gitlab:', Site.new(redis, servers: { host: '127.0.0.1', port: PORT, namespace: 'session:gitlab' }, pool_size: 5))
sessions('socket', 's:', Site.new(redis, servers: { path: SOCKET, namespace: 's' }))
certificate = { ca_file: "#{ENV.fetch('TLS')}/ca.crt", cert: OpenSSL::X509::Certificate.new(File.read("#{ENV.fetch('TLS')}/redis.crt")), key: OpenSSL::PKey.read(File.read("#{ENV.fetch('TLS')}/redis.key")) }
sessions('tls', 't:', Site.new(redis, servers: { scheme: 'rediss', host: 'localhost', port: TLS_PORT, ssl: true, ssl_params: certificate, namespace: 't' }))
sessions('cache store', '_session_id:', Site.new(ActionDispatch::Session::CacheStore, cache: ActiveSupport::Cache::RedisCacheStore.new(url: URL)))
step('store unreachable') { visit(Site.new(redis, servers: ['redis://127.0.0.1:1/0/session']).browser, '/count') }
step('password') do
  $r.call('ACL', 'SETUSER', 'rails', 'on', '>p@ss word', '~session:*', '+@all', '-@dangerous')
  site = Site.new(redis, servers: { host: '127.0.0.1', port: PORT, username: 'rails', password: 'p@ss word', namespace: 'session' })
  site.browser.then { |b| [visit(b, '/sign_in?user=ada'), visit(b, '/count')] }
end

# A user's sessions, as GitLab lists them: an entry for each with the time it lives, and a set of their ids.
def entry(user, id) = "session:user:gitlab:#{user}:#{id}"
def lookup(user) = "session:lookup:user:gitlab:#{user}"

def signed_in(user, id)
  $r.pipelined do |p|
    p.setex(entry(user, id), 604_800, JSON.dump(id: id, ip: '10.0.0.1', browser: 'Firefox'))
    p.setex("session:user:gitlab:v2:#{user}:#{id}", 604_800, Marshal.dump({ id: id }))
    p.sadd?(lookup(user), id)
    p.expire(lookup(user), 604_800)
  end
end

def listed(user) = $r.smembers(lookup(user)).sort.each_slice(200).flat_map { |ids| ids.zip($r.mget(ids.map { |id| entry(user, id) })) }

step('list') { $r.flushall && [signed_in(7, 'a'), signed_in(7, 'b'), signed_in(7, 'a'), listed(7)] }
step('list of many') { (1..450).each { |i| signed_in(8, format('%03d', i)) } && listed(8).then { |l| [l.size, l.count(&:last), l.first] } }
step('list without the expired') do
  $r.del(entry(8, '003'), entry(8, '400'))
  gone = listed(8).reject(&:last).map(&:first)
  [gone, $r.srem(lookup(8), gone), $r.scard(lookup(8))]
end
step('sign out everywhere') do
  ids = $r.smembers(lookup(8))
  [$r.multi { |t| t.del(*ids.map { |id| entry(8, id) }); t.srem(lookup(8), ids) }, $r.exists(lookup(8)), $r.scan_each(match: 'session:user:gitlab:8:*', count: 1000).to_a]
end
