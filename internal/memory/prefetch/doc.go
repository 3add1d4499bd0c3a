// Package prefetch asks the processor to load memory that will be read soon. A lookup in a large table misses the cache twice,
// for the bucket and for the item; asked for in time, the misses of many lookups overlap.
package prefetch
