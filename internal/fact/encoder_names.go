package fact

import (
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// dictionary gives names their numbers. Names that are there because of what
// data was seen (flow) have even numbers, all others odd ones, so that the data
// never shifts what is said about the topology.
type dictionary struct {
	identity *Identity
	ids      map[dictionaryKey]uint32
	next     [2]uint32 // by flow
	cache    map[cacheKey]dictionaryKey

	// Since begin:
	added         []*uplinkv1.Name
	keys          []dictionaryKey
	pseudonymised map[NameKind]int // first met
	unfit         map[unfitKey]bool
	before        [2]uint32
}

// unfitKey is a name of the report that was not admitted, met before or not: a
// report that is sent again in another session must say the same.
type unfitKey struct {
	flow  bool
	kind  NameKind
	value string
}

type dictionaryKey struct {
	flow  bool
	kind  NameKind
	value string
}

type cacheKey struct {
	relayed bool
	kind    NameKind
	value   string
}

func newDictionary(identity *Identity) dictionary {
	return dictionary{identity: identity, ids: map[dictionaryKey]uint32{}, next: [2]uint32{1, 2},
		cache: map[cacheKey]dictionaryKey{}}
}

func (d *dictionary) begin() {
	d.added, d.keys, d.pseudonymised, d.unfit, d.before = nil, nil, map[NameKind]int{}, map[unfitKey]bool{}, d.next
}

func (d *dictionary) rollback() {
	for _, k := range d.keys {
		delete(d.ids, k)
	}
	d.next = d.before
	d.begin()
}

func (d *dictionary) newBytes() int {
	n := 0
	for _, name := range d.added {
		n += listed(proto.Size(name))
	}
	return n
}

// id returns the number of a name, 0 for the empty one. relayed says that the
// name came over an uplink, where a pseudonym is one already.
func (d *dictionary) id(kind NameKind, value string, flow, relayed bool) (uint32, error) {
	if value == "" {
		return 0, nil
	}
	key := d.admitted(cacheKey{relayed, kind, value})
	key.flow = flow
	if id, ok := d.ids[key]; ok {
		return id, nil
	}
	if len(d.ids) >= MaxNames {
		return 0, ErrSessionFull
	}
	ix := 0
	if flow {
		ix = 1
	}
	id := d.next[ix]
	d.next[ix] += 2
	d.ids[key] = id
	d.keys = append(d.keys, key)
	d.added = append(d.added, &uplinkv1.Name{Id: id, Kind: key.kind, Value: key.value})
	if isUnfit(key, value, relayed) {
		d.pseudonymised[kind]++
	}
	return id, nil
}

func isUnfit(key dictionaryKey, value string, relayed bool) bool {
	return key.kind == kindPseudonym && !(relayed && isPseudonym(value))
}

// note counts a name of the report that is not admitted, once.
func (d *dictionary) note(kind NameKind, value string, flow, relayed bool) {
	if value != "" && isUnfit(d.admitted(cacheKey{relayed, kind, value}), value, relayed) {
		d.unfit[unfitKey{flow, kind, value}] = true
	}
}

// admitted is what may stand for the name. Results are kept, as the detection
// engine costs microseconds.
func (d *dictionary) admitted(c cacheKey) dictionaryKey {
	if key, ok := d.cache[c]; ok {
		return key
	}
	if len(d.cache) >= 2*MaxNames {
		clear(d.cache)
	}
	key := dictionaryKey{kind: kindPseudonym}
	switch name, ok := Admit(c.kind, c.value); {
	case c.relayed && isPseudonym(c.value):
		key.value = c.value
	case c.relayed && wasAdmitted(c.kind, c.value):
		key.kind, key.value = c.kind, c.value
	case ok:
		key.kind, key.value = c.kind, name
	default:
		key.value = d.identity.Pseudonym(c.kind, c.value)
	}
	d.cache[c] = key
	return key
}

// references remembers which ids the receiver can name.
type references struct {
	known  [2]map[uint64]bool // by flow
	before [2]map[uint64]bool // values of known before begin, for those that changed
}

func newReferences() references {
	return references{known: [2]map[uint64]bool{{}, {}}}
}

func (r *references) begin() { r.before = [2]map[uint64]bool{{}, {}} }

func (r *references) rollback() {
	for ix := range r.known {
		for id, was := range r.before[ix] {
			if was {
				r.known[ix][id] = true
			} else {
				delete(r.known[ix], id)
			}
		}
	}
	r.begin()
}

func (r *references) set(ix int, id uint64, known bool) {
	if _, ok := r.before[ix][id]; !ok {
		r.before[ix][id] = r.known[ix][id]
	}
	if known {
		r.known[ix][id] = true
	} else {
		delete(r.known[ix], id)
	}
}

// tell reports whether the id must be told, and takes it for told.
func (r *references) tell(id uint64, flow bool) (bool, error) {
	ix := 0
	if flow {
		ix = 1
	}
	if r.known[0][id] || r.known[ix][id] {
		return false, nil
	}
	if len(r.known[0])+len(r.known[1]) >= MaxEntities {
		return false, ErrSessionFull
	}
	r.set(ix, id, true)
	return true, nil
}

// forget is for entities that are gone.
func (r *references) forget(id uint64) {
	r.set(0, id, false)
	r.set(1, id, false)
}
