// Package architecture holds the tests that keep the code in the shape that docs/design describes: who may import whom,
// where unsafe may be used, how long a file may be.
package architecture
