//go:build !race

package factsconnector

const raceOn = false
