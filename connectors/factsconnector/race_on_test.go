//go:build race

package factsconnector

// raceOn tells that the race detector slows everything down tenfold.
const raceOn = true
