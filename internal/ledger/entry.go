package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Entry is what a line holds.
type Entry struct {
	Time     time.Time         `json:"time"`  // when it was written
	Bytes    int               `json:"bytes"` // of the envelope before compression
	Session  string            `json:"session"`
	Sequence uint64            `json:"sequence"`
	Previous string            `json:"previous"` // digests, hexadecimal
	Digest   string            `json:"digest"`
	Names    map[string]string `json:"names,omitempty"`    // names used here that earlier envelopes of the session brought, by id
	Entities map[string]string `json:"entities,omitempty"` // who the ids are, by the decimal id that the envelope has

	RawEnvelope json.RawMessage    `json:"envelope"`
	Envelope    *uplinkv1.Envelope `json:"-"`
}

// line is how an entry stands in a file.
type line struct {
	Hash  string          `json:"hash"`
	Entry json.RawMessage `json:"entry"`
}

// position is a place in the chain: after this line.
type position struct {
	Hash   [32]byte
	Digest [32]byte
}

func chain(before [32]byte, entry []byte) [32]byte {
	h := sha256.New()
	h.Write(before[:])
	h.Write(entry)
	return [32]byte(h.Sum(nil))
}

// encode makes the line, newline included.
func encode(before [32]byte, e *Entry) (text []byte, hash [32]byte, err error) {
	raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(e.Envelope)
	if err != nil {
		return nil, hash, fmt.Errorf("write the envelope as JSON: %w", err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil { // protojson varies its spaces on purpose
		return nil, hash, fmt.Errorf("write the envelope as JSON: %w", err)
	}
	e.RawEnvelope = b.Bytes()
	entry, err := json.Marshal(e)
	if err != nil {
		return nil, hash, fmt.Errorf("write the entry as JSON: %w", err)
	}
	hash = chain(before, entry)
	text = append(text, `{"hash":"`+hex.EncodeToString(hash[:])+`","entry":`...)
	return append(append(text, entry...), "}\n"...), hash, nil
}

// decode reads a line without its newline and checks that it follows before.
func decode(before position, text []byte) (*Entry, position, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, before, errors.New("is not a line of a ledger")
	}
	// What the hash does not cover could hold anything.
	if want := `{"hash":"` + l.Hash + `","entry":` + string(l.Entry) + `}`; string(text) != want {
		return nil, before, errors.New("is not in the form that a ledger writes")
	}
	after := position{Hash: chain(before.Hash, l.Entry)}
	if hex.EncodeToString(after.Hash[:]) != l.Hash {
		return nil, before, errors.New("has a hash that does not match its content and the line before")
	}
	e := &Entry{Envelope: &uplinkv1.Envelope{}}
	if err := json.Unmarshal(l.Entry, e); err != nil {
		return nil, before, errors.New("has an entry that can't be read")
	}
	if err := protojson.Unmarshal(e.RawEnvelope, e.Envelope); err != nil {
		return nil, before, errors.New("has an envelope that can't be read")
	}
	previous := fact.DigestBytes(e.Envelope.Previous)
	after.Digest = fact.EnvelopeDigest(previous, e.Envelope)
	switch {
	case after.Digest != fact.DigestBytes(e.Envelope.Digest):
		return nil, before, errors.New("has an envelope that does not match its digest")
	case hex.EncodeToString(after.Digest[:]) != e.Digest || hex.EncodeToString(previous[:]) != e.Previous:
		return nil, before, errors.New("says other digests than its envelope")
	case previous != before.Digest:
		return nil, before, errors.New("has an envelope that does not follow the one before")
	}
	return e, after, nil
}
