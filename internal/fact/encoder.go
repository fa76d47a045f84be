package fact

import (
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// Bounds of the wire, kept by encoders and demanded by decoders.
const (
	SchemaVersion    = 1
	MaxEnvelopeBytes = 3 << 20 // below the 4 MiB that gRPC receives by default
	MaxReports       = 1024    // of an envelope
	MaxNames         = 1 << 15 // of a session's dictionary
	MaxEntities      = 1 << 16 // that a session can refer to by name
)

var (
	// ErrSessionFull says that the dictionary has no room: start a new session
	// with a new Encoder.
	ErrSessionFull = errors.New("the session's dictionary is full")
	// ErrTooLarge says that one report alone does not fit into an envelope.
	ErrTooLarge = errors.New("the report does not fit into an envelope")
)

// EncoderOptions of one session.
type EncoderOptions struct {
	Identity         *Identity
	Sender           uint64   // keyed id of the sending process' node or deployment
	Session          uint64   // random, not 0
	Previous         [32]byte // digest of the ledger's last envelope; zeros for the first
	CatalogueVersion uint32
	MaxBytes         int // of an envelope before compression; default MaxEnvelopeBytes
}

// Encoder makes the envelopes of one session. Every envelope must be sent in
// order, and be kept in the ledger before; when one can't be, the session is
// over. It is not safe for concurrent use.
type Encoder struct {
	o        EncoderOptions
	sequence uint64
	previous [32]byte

	names      dictionary
	references references
}

// Encoded is an envelope and what was done to make it.
type Encoded struct {
	Envelope *uplinkv1.Envelope
	// Reports is how many of the given ones the envelope holds, from the first.
	Reports int
	// Pseudonymised counts the names that were met for the first time and not
	// admitted, by the kind that they were meant to be.
	Pseudonymised map[NameKind]int
}

// NewEncoder begins a session.
func NewEncoder(o EncoderOptions) *Encoder {
	if o.MaxBytes <= 0 || o.MaxBytes > MaxEnvelopeBytes {
		o.MaxBytes = MaxEnvelopeBytes
	}
	return &Encoder{o: o, previous: o.Previous, names: newDictionary(o.Identity), references: newReferences()}
}

// Digest is that of the last envelope, or the one that the session began with.
func (e *Encoder) Digest() [32]byte { return e.previous }

// Encode makes the next envelope from as many of the reports, from the first
// on, as fit. The same reports make the same envelope whatever the order of
// their facts. budgetLeft is what the hour has left in bytes. The reports are
// not changed. After an error the encoder is as it was before.
func (e *Encoder) Encode(now time.Time, budgetLeft uint32, reports ...*Report) (Encoded, error) {
	env := &uplinkv1.Envelope{
		SchemaVersion: SchemaVersion, CatalogueVersion: e.o.CatalogueVersion, AdmissionVersion: AdmissionVersion,
		Sender: e.o.Sender, Session: e.o.Session, Sequence: e.sequence + 1, SentUnixSeconds: unix(now),
		Previous: DigestWords(e.previous), Digest: DigestWords([32]byte{0: 1}), BudgetLeftBytes: budgetLeft,
	}
	out := Encoded{Envelope: env, Pseudonymised: map[NameKind]int{}}
	size := proto.Size(env) + 36 // the digests at their longest
	for _, r := range reports {
		if len(env.Reports) == MaxReports {
			break
		}
		e.names.begin()
		e.references.begin()
		row, err := e.report(r)
		if err == nil {
			size += listed(proto.Size(row)) + e.names.newBytes()
			if size > e.o.MaxBytes {
				err = ErrTooLarge
			}
		}
		if err != nil {
			e.names.rollback()
			e.references.rollback()
			if len(env.Reports) > 0 {
				break // the reports before it fit
			}
			return Encoded{}, err
		}
		env.Reports = append(env.Reports, row)
		env.Names = append(env.Names, e.names.added...)
		for kind, n := range e.names.pseudonymised {
			out.Pseudonymised[kind] += n
		}
	}
	out.Reports = len(env.Reports)
	env.Digest = nil
	e.sequence++
	e.previous = EnvelopeDigest(e.previous, env)
	env.Digest = DigestWords(e.previous)
	return out, nil
}

// listed is the size of a message of n bytes within a list.
func listed(n int) int { return n + 6 }
