//go:build race

package dataclassificationprocessor

// underRace: the race detector makes sync.Pool forget at random, so that
// allocations can't be counted.
const underRace = true
