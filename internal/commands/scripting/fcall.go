package scripting

// FCALL calls a function of a library by its name, any case.
var _ = Family.Add(call("fcall", false))
