package inspect

import (
	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/walk"
)

// Notes left on walk.Step.Note, so that a key is judged once for all under it.
const (
	unjudged = iota
	inherits // everything under the key is a secret
	plain
)

// context returns the name of a value, which tells what the value may be: the
// innermost key with the one above it ("customer.name" of {customer: {name}}),
// valid until the next call. secret says that a key further up makes
// everything under it a secret; that key then is the name.
func (i *Inspector) context(at *walk.Place) (key string, secret bool) {
	steps := at.Steps()
	if len(steps) == 1 {
		return steps[0].Key, false // the usual attribute
	}
	if _, _, ok := InExchangeBody(at); ok {
		steps = steps[2:] // "request" and "body" name nothing
	}
	leaf := lastName(steps, len(steps))
	if leaf < 0 {
		return "", false
	}
	for j := range steps[:leaf] {
		s := &steps[j]
		if s.Note == unjudged && !s.InList {
			s.Note = plain
			if detect.Inherits(s.Key) {
				s.Note = inherits
			}
		}
		if s.Note == inherits {
			return s.Key, true
		}
	}
	above := lastName(steps, leaf)
	if above < 0 {
		return steps[leaf].Key, false
	}
	i.key = append(append(append(i.key[:0], steps[above].Key...), '.'), steps[leaf].Key...)
	return text(i.key), false
}

// lastName is the index of the last key in steps[:n], -1 when there is none.
func lastName(steps []walk.Step, n int) int {
	for n--; n >= 0; n-- {
		if !steps[n].InList {
			return n
		}
	}
	return -1
}
