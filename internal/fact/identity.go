package fact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Identity makes keyed ids: without the cluster's salt nobody can tell which
// name an id stands for, or try out names. All agents of a cluster have the
// same salt, so they make the same ids. It is safe for concurrent use.
type Identity struct{ salt []byte }

// NewIdentity copies salt, which shall be at least 16 random bytes.
func NewIdentity(salt []byte) *Identity {
	return &Identity{salt: append([]byte(nil), salt...)}
}

// The domains keep ids of one use from being ids of another.
const (
	domainEntity    = 1
	domainAgent     = 2
	domainPseudonym = 3
	domainSymptom   = 4
)

// ID returns the id of an entity from its type, namespace and name; never 0.
func (i *Identity) ID(r Ref) uint64 {
	return i.number(domainEntity, uint64(r.Type), r.Namespace, r.Name)
}

// Of returns the id that the reference has already, else ID.
func (i *Identity) Of(r Ref) uint64 {
	switch {
	case r.ID != 0:
		return r.ID
	case r.IsZero():
		return 0
	}
	return i.ID(r)
}

// Agent returns the id of an agent from the name of its node or deployment.
func (i *Identity) Agent(name string) uint64 {
	return i.number(domainAgent, 0, name)
}

// Symptom returns the id of an occurrence: of a code on an entity since onset
// in Unix seconds.
func (i *Identity) Symptom(code string, entity, peer Ref, onset int64) uint64 {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], i.Of(entity))
	binary.BigEndian.PutUint64(b[8:], i.Of(peer))
	binary.BigEndian.PutUint64(b[16:], uint64(onset))
	return i.number(domainSymptom, 0, code, string(b[:]))
}

// Pseudonym returns the 16 hexadecimal digits that stand for a name that was
// not admitted.
func (i *Identity) Pseudonym(kind NameKind, value string) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], i.number(domainPseudonym, uint64(kind), value))
	return hex.EncodeToString(b[:])
}

func (i *Identity) number(domain byte, kind uint64, parts ...string) uint64 {
	mac := hmac.New(sha256.New, i.salt)
	b := binary.AppendUvarint([]byte{domain}, kind)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p))) // so that no two lists read the same
		b = append(b, p...)
	}
	mac.Write(b)
	if n := binary.BigEndian.Uint64(mac.Sum(nil)); n != 0 {
		return n
	}
	return 1
}
