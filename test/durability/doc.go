// Package durability tests what a whole node does when its disk fails: complete servers in process on the file system of
// package faultfs, saves and loads of the binary beside redis-server, and
// servers that are killed under load.
package durability
