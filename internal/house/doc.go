// Package house holds no code: its tests keep the structure of the project true
// to docs/architecture.md: who may import whom, what a component folder holds,
// and under which licences the dependencies stand.
package house
