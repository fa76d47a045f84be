package store

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/weir-telemetry/weir/internal/fact"
)

// signed is how an id is stored: PostgreSQL has no unsigned numbers.
func signed(id uint64) int64 { return int64(id) } // #nosec G115 -- the same bits

func unsigned(id int64) uint64 { return uint64(id) } // #nosec G115 -- the same bits

// ParseID reads 16 hexadecimal digits.
func ParseID(text string) (uint64, error) {
	id, err := strconv.ParseUint(text, 16, 64)
	if err != nil || len(text) != 16 {
		return 0, invalid("an id must be 16 hexadecimal digits")
	}
	return id, nil
}

// refID is the id of an entity. Facts that never left their process bear names
// alone; the id is made of those.
func refID(r fact.Ref) uint64 {
	if r.ID != 0 {
		return r.ID
	}
	return hash64("entity", strconv.Itoa(int(r.Type)), r.Namespace, r.Name)
}

// symptomID is the id of an occurrence, likewise.
func symptomID(s fact.Symptom) uint64 {
	if s.ID != 0 {
		return s.ID
	}
	return hash64("symptom", s.Code, hex16(refID(s.Entity)), hex16(refID(s.Peer)), strconv.FormatInt(s.Onset.Unix(), 10))
}

func hash64(parts ...string) uint64 {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p)))) // #nosec G115 -- names are short
		h.Write([]byte(p))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}
