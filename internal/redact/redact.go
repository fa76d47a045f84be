// Package redact rewrites bytes so that the findings in them are gone. It
// knows what to put in the place of a finding of each data type, keeps JSON
// valid JSON and percent-encoded text percent-encoded, and knows nothing of
// the Collector.
package redact

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// Action says what becomes of a finding.
type Action uint8

// The actions. Mask is the zero value: who says nothing gets the one that
// tells least.
const (
	Mask    Action = iota // "****", whatever the length of the value was
	Replace               // the type's name: "[EMAIL]"
	Remove                // nothing
	Hash                  // "[EMAIL:0123456789abcdef]", keyed with HMAC-SHA256
	Keep                  // the value itself
	actionCount
)

// ActionCount is one more than the largest Action, for arrays indexed by it.
const ActionCount = int(actionCount)

// MinKeyBytes is the least length of an HMAC key.
const MinKeyBytes = 16

var actionNames = [actionCount]string{"mask", "replace", "remove", "hash", "keep"}

// String returns the name that configurations use.
func (a Action) String() string {
	if a >= actionCount {
		return "unknown"
	}
	return actionNames[a]
}

// Lossy reports whether two different values may become the same.
func (a Action) Lossy() bool { return a == Mask || a == Replace || a == Remove }

// ParseAction finds an action by its name; upper and lower case are the same.
func ParseAction(name string) (Action, error) {
	for i, n := range actionNames {
		if strings.EqualFold(n, name) {
			return Action(i), nil // #nosec G115 -- five actions
		}
	}
	return Mask, fmt.Errorf("unknown action %q: accepted are %s", name, strings.Join(actionNames[:], ", "))
}

// Rules say which action a policy takes. A rule for a type wins over one for
// its category, which wins over Default.
type Rules struct {
	Default    Action
	Types      map[datatype.ID]Action
	Categories map[datatype.Category]Action
	// Key of the HMAC, MinKeyBytes or more; needed when any action is Hash.
	// The policy keeps its own copy.
	Key []byte
}

// UsesHash reports whether any rule hashes, and so whether a key is needed.
func (r *Rules) UsesHash() bool {
	if r.Default == Hash {
		return true
	}
	for _, a := range r.Types {
		if a == Hash {
			return true
		}
	}
	for _, a := range r.Categories {
		if a == Hash {
			return true
		}
	}
	return false
}

// Counts are the findings met, by data type and by what was done. What already
// was a replacement is not counted. The zero value is ready.
type Counts [datatype.Count][actionCount]uint64

// Add adds the counts of o.
func (c *Counts) Add(o *Counts) {
	for t := range o {
		for a := range o[t] {
			c[t][a] += o[t][a]
		}
	}
}

// Policy is immutable after New and safe for concurrent use.
type Policy struct {
	actions [datatype.Count]Action
	marks   [datatype.Count]mark
	hasher  *Hasher
}

// mark holds the fixed parts of a type's replacements.
type mark struct {
	plain    string // "[EMAIL]"
	form     string // "%5BEMAIL%5D"
	hash     string // "[EMAIL:"
	hashForm string // "%5BEMAIL%3A"
}

var errKey = fmt.Errorf("the action hash needs a key (key_file) of at least %d bytes", MinKeyBytes)

// New builds a policy. It errs when a rule hashes and the key is missing or too
// short: there is no unkeyed hash.
func New(rules Rules) (*Policy, error) {
	if rules.UsesHash() && len(rules.Key) < MinKeyBytes {
		return nil, errKey
	}
	p := &Policy{}
	if len(rules.Key) > 0 {
		h, err := NewHasher(rules.Key)
		if err != nil {
			return nil, err
		}
		p.hasher = h
	}
	for _, t := range datatype.All() {
		p.marks[t.ID] = mark{"[" + t.Name + "]", "%5B" + t.Name + "%5D", "[" + t.Name + ":", "%5B" + t.Name + "%3A"}
		a := rules.Default
		if c, ok := rules.Categories[t.Category]; ok {
			a = c
		}
		if c, ok := rules.Types[t.ID]; ok {
			a = c
		}
		if a >= actionCount {
			return nil, errors.New("unknown action for " + t.Name)
		}
		p.actions[t.ID] = a
	}
	return p, nil
}

// Action returns what the policy does with a data type. An unknown type is
// masked.
func (p *Policy) Action(id datatype.ID) Action {
	if int(id) >= len(p.actions) {
		return Mask
	}
	return p.actions[id]
}
