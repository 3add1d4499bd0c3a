package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// UNLINK removes keys at once and frees what they held in the background.
var _ = Family.Add(&engine.Command{
	Spec: onManyKeys(spec("unlink", "4.0.0", -2, command.Write|command.Fast,
		"O(1) for every key; freeing the elements happens in the background",
		"Removes keys and frees large values in the background."),
		command.KeyRM|command.KeyDelete),
	Run: remove,
})
