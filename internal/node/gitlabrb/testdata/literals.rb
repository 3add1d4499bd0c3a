h = gitlab_rails
h['single'] = 'it''s \'q\' \\ \n #{no}'
h['double'] = "tab\there\\ \"q\" \e[0m \u00e9 \u{1F600 41} \x41\101 \s| \q"
h['wrapped'] = "first
second"
h['joined'] = "a\
b"
h['percent'] = [%q(a (nested) 'b'), %Q[x#{1 + 1}y], %(p"q"), %{a b}, %|bar|, %w[a b\ c d#{1}], %W[a#{1} b], %i[x y]]
h['char'] = ?a
h['numbers'] = [0, 1_000_000, -5, 0x1F, 0b101, 0o17, 0644, 1.5, -2.5e3, 1e3, 2E-2, 1_0.5, 100.0, 1e20, 1e16, 123456789.123]
h['symbols'] = [:a, :"b c", :'d', :"e#{1}", :b?]
h['nilish'] = [nil, true, false]
h['hash'] = { 'a' => 1, b: 2, 'c': 3, :d => 4, "e f": 5, 6 => 'six', nil => 1, if: 7, :"g#{8}" => 8,
              nested: { deep: [{ x: { y: 1 } }] } , }
h['empty'] = [{}, [], '', "", %w()]
h['heredoc'] = <<EOS
plain #{1 + 2}
  kept "quotes" 'q' \t tab
EOS
h['dash'] = <<-EOS.strip
    indented
    EOS
h['squiggly'] = <<~EOS
    four
      six #{'x'}

    four\tagain
	tab
  EOS
h['raw'] = <<~'RAW'.split("\n").first
  no #{interpolation} \n here
  second
RAW
h['quoted'] = <<-"A B" + 'tail'
  x
  A B
h['two'] = [<<~ONE, <<~TWO]
  one
ONE
  two
TWO
h['call'] = { a: <<~X.lines.length, b: 2 }
  1
  2
X
h['adjacent'] = 'a' "b" 'c'
h['interpolated'] = "a#{"b#{'c' + "d"}"}e #{[1, 'x', :y, nil]} #{{ a: 1, 'b' => [2.0] }} #{nil}#{true}"
h['braces'] = "#{ {a: 1}[:a] } #{ x = 5; x + 1 }"
h['hash_sign'] = "a # b #"
h['unicode'] = 'Grüße ✓ 日本'
h['comment'] = 1 # trailing 'comment"
h['continued'] = 1 +
  2 +

  3
h['dots'] = 'a,b'
  .split(',')
  # between
  .join('-')
h['backslash'] = 1 \
  + 2
h['list'] = 1, 2,
  3
redis['x'] = :sym; redis[:y] = "z";;
h['paren'] = (1 + 2) * 3
h['multi'] = (1; 2
3)
__END__
this is no Ruby ` at all $
