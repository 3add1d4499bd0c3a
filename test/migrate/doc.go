// Package migrate moves keys between servers with MIGRATE, over connections that fail at every place.
package migrate
