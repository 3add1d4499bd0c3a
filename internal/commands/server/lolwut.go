package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LOLWUT draws a castle, a different one each time, and tells the version.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "lolwut", Arity: -1, Since: "5.0.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Draws something and tells the version.",
		Flags:   command.ReadOnly | command.Fast,
		Args:    []command.Arg{command.Int("version").WithToken("VERSION").Opt()},
	},
	Run: func(c *engine.Call) {
		if c.NArg() >= 3 && c.Is(1, "VERSION") {
			if _, ok := c.Int(2); !ok {
				return
			}
		}
		text := castle(c.Engine.Rand().IntN)
		text = append(text, "\nRedis ver. "+c.Engine.Host().RedisVersion()+"\n"...)
		c.Reply.Verbatim("txt", text)
	},
})

const (
	castleColumns = 60
	castleRows    = 12
)

// castle draws towers of random width and height with walls between them.
func castle(random func(int) int) []byte {
	var rows [castleRows][castleColumns]byte
	for y := range rows {
		for x := range rows[y] {
			rows[y][x] = ' '
		}
	}
	for x := 0; x < castleColumns; {
		width, height := 3+2*random(3), 3+random(castleRows-4)
		wall := random(3) == 0
		if wall {
			width, height = 5+random(8), 3
		}
		for i := x; i < min(x+width, castleColumns); i++ {
			for y := castleRows - height; y < castleRows; y++ {
				rows[y][i] = '#'
			}
			if (i-x)%2 == 0 { // battlements
				rows[castleRows-height-1][i] = '#'
			}
			if !wall && (i-x)%4 == 1 && height > 5 { // windows
				rows[castleRows-height+2][i] = '.'
			}
		}
		x += width
	}
	var out []byte
	for _, row := range rows {
		out = append(append(out, row[:]...), '\n')
	}
	return out
}
