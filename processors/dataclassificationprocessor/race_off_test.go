//go:build !race

package dataclassificationprocessor

const underRace = false
