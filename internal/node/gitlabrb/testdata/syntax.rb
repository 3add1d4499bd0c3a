# Corners of Ruby's syntax.
h = gitlab_rails
h['a'] = [ 'x', # comment
  # another
  'y'
]
h['b'] = {
  # nothing yet
}
h['c'] = { 'k' =>
  'v',
  :l =>
    2
}
h["d"]=%w{one two}
h [ 'e' ] = 1
h['f'] = "a" 'b' "#{1}c"
h['g'] = ( 1 +
  2 )
h['h'] = true ? [1] : {}
h['i'] = h['a'].first ? 'y':'n'
h['j'] = !h.key?('zz') && !false
h['k'] = if h['a'].include? 'x' then 'has' else 'not' end
h['l'] = h['a'].include?('q') ? 1 : -1
h['m'] = 'a;b#c'; h['n'] = "x;#{'y;#z'};" # done
h['o'] = [1,2,3].include? 2
h['p'] = { a: 1, 'b' => { c: [ { d: %w(e f) }, nil ] } }[:a]
h['q'] = -3.abs + - 3.abs
h['r'] = "quote \" in #{"nested \" quote #{'deep'}"} end"
h['s'] = 'multi
line'
h['t'] = {"a": 1, "b c": 2, 'd' => 3}
h['v'] = (true and not false)
h['w'] = <<~EOS.gsub("\n", ' ').strip + 'x' if true
  one
  two
EOS
h['x'] = <<~"EOS"
  \#{not} \\ "quoted" #{'in' + "ner"}
    #{1}
  	tab
EOS
h['y'] = <<~EOS
    #{'indent'} kept
  less

EOS
h['z'] = [<<-A.strip, 'mid', <<-B.strip].join('/')
   first
   A
   second
   B
h['aa'] = ENV['UNSET'].to_s.empty? ? 'none' : 'some'
h['ab'] = ENV['UNSET']&.upcase || 'fallback'
h['ac'] = (ENV['REDIS_PORT'] || 6379).to_i
h['ae'] = %w[
  10.0.0.1
  10.0.0.2
].join(' ')
h['af'] = %Q{a {nested} "b" #{1 + 1}}
h['ag'] = %q<a <b> 'c'>
h['ah'] = "\x41\u0042\103\
D"
h['ai'] = 'back\\slash \n \' end\\'
h['aj'] = [0.1 + 0.2, 1e-5, 1.0e-4, 123456789012345680.0, 1e15, 1e16, -0.0, 1_000.5]
h['ak'] = [10 / 3, 10.0 / 3, 10 % 3.5, 2**-1.0, 1 <=> 2]
name = 'val'
h['al'] = name[0] + name[-1] + name [1]
h['am'] = { name => 1, "#{name}2" => 2, name.to_sym => 3 }
list = []
list << 'a' << 'b' if list.empty?
list += %w[c] unless list.size > 5
h['ao'] = list
h['ap'] = list.first.nil? || list.last == 'c' && !list.empty?
unless list.empty? then h['aq'] = list.join end
if name == 'val' and
   list.size == 3
  h['ar'] = 1; end
h['as'] = case
          when name.empty? then 0
          else
            name.length
          end
h['au'] = name.
  upcase.
  downcase
h['av'] = [1, 2, 3,].last
h['aw'] = [[1, 2], [3]].flatten.sum
h['ax'] = name == 'val' ? 'yes' :
  'no'
h['ay'] = (name == 'val') ?
  'yes' : 'no'
external_url 'http://' \
  'example.com'
roles ['redis_master_role'] if name == 'val'
h['az'] = { 'if' => 1, if: 2, end: 3, nil: 4, class: 5 }
h['ba'] = [nil, true].to_s + { 'a' => :b, c: nil }.to_s + 1.5.to_s + :d.to_s
h['bb'] = not(true)
h['bc'] = "%s and %s" % %w[a b]
h['bd'] = "%.1f%%" % 12.5
h['be'] = 5.to_s.rjust(3, '0') + 'x'.center(4, '*')
h['bg'] = "a\tb".inspect + 'é'.inspect + "\e\u0001".inspect
h['bh'] = name.sub('v', 'V').gsub('a', 'A')
redis[:'bind'] = '0.0.0.0'
redis["port"]=6379 unless redis.key? 'port'
redis ['hz'] if false
Foo = { bar: 1 }
h['bj'] = Foo[:bar]
h['bk'] = "#{Foo[:bar]}#{Foo.fetch(:x, "d")}"
h['bl'] = "#{h['bj'] == 1 ? "one" : "other"}"
h['bm'] = ::File.join('a', 'b')
h['bn'] = File::join('a', 'c')
h['bo'] = {}.merge('a' => 1, 'b' => 2).merge(c: 3)
h['bp'] = [1, 2, 'x' => 1, y: 2]
x = y = 'shared'
h['br'] = [x, y]
