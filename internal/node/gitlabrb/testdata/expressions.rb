h = gitlab_rails
i = 0
h['int'] = [7 / 2, -7 / 2, 7 % 3, -7 % 3, 7 % -3, 2 ** 10, 2 ** 0, 0 ** 0, -2 ** 2, (-2) ** 3, 1 << 4, 256 >> 2, 6 & 3, 6 | 1, 6 ^ 3, ~5, - 5, +5, -(3)]
h['float'] = [7.0 / 2, 7 / 2.0, 1.5 * 2, 0.1 + 0.2, -7.5 % 2, 2 ** 0.5, 10.0.to_i, 3.7.floor, 3.2.ceil, 2.5.round, 3.14159.round(2), 5.fdiv(2)]
h['compare'] = [1 < 2, 2 <= 2, 3 > 4, 4 >= 4, 1 == 1.0, 'a' == :a, 'a' < 'b', 1 != 2, 1 <=> 2, 'b' <=> 'a', [1, 2] == [1, 2.0], { a: 1 } == { a: 1 }, nil == false, 1 <=> 'a']
h['logic'] = [nil || 1, false || nil, 1 && 2, nil && 1, !nil, !1, (not true), (1 and 2), (nil or 3)]
h['precedence'] = [1 + 2 * 3, (1 + 2) * 3, 10 - 3 - 2, 2 * 3 % 4, 1 + 1 == 2 && 3 > 2, !true == false, 2 + 3 << 1, 1 | 2 == 2]
x = 5
h['spaces'] = [x -1, x - 1, x-1, x *2, x /2, x %3, [x, -x], [x] [0]]
x += 2; x -= 1; x *= 3; x /= 2; x **= 2; x %= 50; x <<= 1; x |= 1
h['x'] = x
y ||= 'default'; y &&= y + '!'
z = nil; z ||= 3
h['yz'] = [y, z]
h['ternary'] = [x > 1 ? 'big' : 'small', nil ? 1 : 2 ? 3 : 4, x.zero? ? 1 : 0, true ?'a':'b', (false ? 1 : :sym)]
s = ' Hello World '
h['strip'] = [s.strip, s.lstrip, s.rstrip, "a\n".chomp, "a\r\n".chomp, 'abc'.chomp('c'), 'abc'.chop, "x\n\n".chomp]
h['case'] = ['aBc'.upcase, 'aBc'.downcase, 'hELLO wORLD'.capitalize]
h['gsub'] = ['a.b.c'.gsub('.', '-'), 'a.b'.sub('.', ''), "l1\nl2\n".gsub("\n", '\n'), 'aXb'.gsub('X', '\\\\'), 'aXb'.gsub('X', '<\0>'), 'abc'.gsub('', '-'), "p'q".gsub("'", "\\\\'" .gsub("'", '"'))]
h['tr'] = ['a_b_c'.tr('_', '-'), 'hello'.tr('el', 'ip'), 'hello'.tr('lo', '*'), 'hello'.delete('l'), 'abc'.reverse]
h['split'] = ['a,b,,c,,'.split(','), ' a  b c '.split, 'abc'.split(''), ''.split(','), 'a,b,c'.split(',', 2), 'a b c'.split(' ', 2), 'a,b,,'.split(',', -1), 'a--b'.split('--')]
h['query'] = ['abc'.include?('b'), 'abc'.start_with?('x', 'ab'), 'abc'.end_with?('c'), ''.empty?, 'äb'.length, 'äb'.bytesize, nil.nil?, 1.nil?, 'abc'.index('c'), 'abc'.index('z')]
h['conv'] = ['12abc'.to_i, ' -7 '.to_i, 'abc'.to_i, '0x1f'.to_i, '1f'.to_i(16), '1_000'.to_i, '1.5x'.to_f, 'x'.to_f, 12.to_s, 1.0.to_s, nil.to_s, :a.to_s, 'a b'.to_sym, 255.to_s(16), nil.to_a, nil.to_i, true.to_s]
h['slice'] = ['hello'[0], 'hello'[-1], 'hello'[1, 3], 'hello'[1..3], 'hello'[1...3], 'hello'[2..], 'hello'[..1], 'hello'[-3..-2], 'hello'['ell'], 'hello'['x'], 'hello'[9], 'hello'[5], 'hello'[5, 1], 'hello'[6, 1]]
h['format'] = ['%s:%d' % ['h', 5], '%05.1f' % 3.14159, format('%-5s|%3d|%x', 'a', 7, 255), '100%%' % []]
h['repeat'] = ['ab' * 3, '-' * 0, [1, 2] * 2, [1, 2] * ',']
h['just'] = ['a'.ljust(3, '.'), 'a'.rjust(3), 'ab'.center(5, '*')]
h['lines'] = ["a\nb\n".lines, "a\nb".lines(chomp: true), 'abc'.chars, 'k=v=w'.partition('='), 'k=v=w'.rpartition('=')]
h['misc'] = ['abc'.delete_prefix('a'), 'abc'.delete_suffix('c'), 'a'.inspect, "q\"\n#{1}".inspect, :a.inspect, [nil, 1.5].inspect, 'x'.frozen?, 'abc'.freeze, 'a'.dup, 'ff'.hex, '17'.oct]
t = 'app'; u = t; t << 'end'; u << "ed"; t.concat('!', '?')
h['mutate'] = [t, u]
v = ' x '; v.strip!; w = v.upcase!; q = 'X'.upcase!
h['bang'] = [v, w, q]
a = [3, 1, 2]
h['array'] = [a.first, a.last, a.first(2), a.last(2), a.length, a.include?(2), a.index(1), a.sort, a.reverse, a.min, a.max, a.sum, a[0], a[-1], a[9], a[0, 2], a[1..], a.take(1), a.drop(1), a.empty?, a.any?, a.fetch(9, 'd'), a.at(1), a.dig(0)]
h['arrayops'] = [[1, 2] + [3], [1, 2, 3] - [2], [1, 2] & [2, 3], [1, 2] | [2, 3], [1, nil, 2].compact, [1, [2, [3]]].flatten, [1, 1, 2].uniq, %w[a b].join('-'), [1, [2, nil]].join(','), [['a', 1]].to_h]
b = []; b << 1 << 2; b.push(3, 4); b.unshift(0); b.concat([9]); c = b.pop; d = b.shift; b[5] = 'far'; b[-1] = 'end'
h['arraychange'] = [b, c, d]
m = { a: 1, 'b' => 2 }
h['hashes'] = [m[:a], m['a'], m['b'], m.key?(:a), m.keys, m.values, m.size, m.fetch(:a), m.fetch(:zz, 'd'), m.dig(:a), m.merge({ a: 3, c: 4 }), m.to_a, m.empty?, m.slice(:a), m.except(:a)]
m[:new] = { x: [1] }; m.delete('b'); m.store(:s, 1); m.merge!(t: 2)
h['hashchange'] = m
h['deep'] = m.dig(:new, :x, 0)
h['json'] = [JSON.parse('{"a": [1, 2.5, "x", null, true]}'), [1, { 'a' => nil }].to_json, JSON.parse('{"k": 1}', symbolize_names: true)[:k], JSON.generate({ a: 1 })]
h['integer'] = [Integer('42'), Integer('0x1f'), Float('1.5'), String(5), Array(nil), Array([1]), 5.clamp(1, 3), 4.even?, 3.odd?, 5.pred, 5.succ, -5.abs, 5.between?(1, 9)]
h['safe'] = [nil&.length, 'abc'&.length]
h['is_a'] = ['x'.is_a?(String), 1.is_a?(Integer), [].is_a?(Hash), nil.is_a?(NilClass)]
CONSTANT = %w[a b].freeze
h['constant'] = CONSTANT.first
h['chain'] = ' A-B '.strip.downcase.split('-').join('_').to_sym
h['command'] = [('a b'.split ' '), File.join('a', '/b/', 'c'), File.basename('/a/b.rb', '.rb'), File.dirname('/a/b'), File.extname('x.yml'), File.expand_path('../b', '/a/c')]
h['line'] = __LINE__
