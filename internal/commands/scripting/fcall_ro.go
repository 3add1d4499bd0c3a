package scripting

// FCALL_RO is FCALL for functions that declare that they only read.
var _ = Family.Add(call("fcall_ro", true))
