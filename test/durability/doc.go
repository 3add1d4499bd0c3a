// Package durability tests what a whole node does when its disk fails: complete servers in process on the file system of
// package faultfs, and saves and loads of the binary beside redis-server.
package durability
