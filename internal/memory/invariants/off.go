//go:build !invariants

// Package invariants says at compile time whether the expensive self-checks of the memory packages are built in.
// They are with `-tags invariants`, and cost nothing otherwise.
package invariants

// Enabled reports whether the checks are built in.
const Enabled = false
