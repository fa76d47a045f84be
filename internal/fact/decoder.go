package fact

import (
	"fmt"
	"maps"

	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// The reasons for which an envelope is refused, besides ReasonValue,
// ReasonDuplicate, ReasonMissing and ReasonTooMany.
const (
	ReasonUnknownField Reason = "unknown_field" // not of the contract
	ReasonEnum         Reason = "enum"          // not of the enumeration
	ReasonVersion      Reason = "version"       // of a schema or admission that is not known
	ReasonSize         Reason = "size"          // larger than MaxEnvelopeBytes
	ReasonSession      Reason = "session"       // of another session or sender
	ReasonSequence     Reason = "sequence"      // not the one after the last
	ReasonDigest       Reason = "digest"        // does not match the content or the chain
	ReasonName         Reason = "name"          // breaks the grammar of its kind
	ReasonReference    Reason = "reference"     // to a name that was not given, or of another kind
)

// Refusal is the error of a refused envelope. It names the reason and the
// place, never a value.
type Refusal struct {
	Reason Reason
	Where  string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("envelope refused: %s: %s", r.Reason, r.Where)
}

func refuse(reason Reason, where string) error { return &Refusal{reason, where} }

// Decoder reads the envelopes of one session, in order. It believes nothing:
// what an Encoder would not have written is refused. Its memory is bounded by
// MaxNames and MaxEntities. It is not safe for concurrent use.
type Decoder struct {
	sender, session uint64
	sequence        uint64
	last            [32]byte
	names           map[uint32]decodedName
	entities        map[uint64]Ref
	unresolved      int
}

type decodedName struct {
	kind  NameKind
	value string
}

// NewDecoder begins a session.
func NewDecoder() *Decoder {
	return &Decoder{names: map[uint32]decodedName{}, entities: map[uint64]Ref{}}
}

// Sequence is that of the last envelope that was accepted.
func (d *Decoder) Sequence() uint64 { return d.sequence }

// Unresolved is how many references of the last envelope were to entities that
// the session has not told of: a snapshot would help.
func (d *Decoder) Unresolved() int { return d.unresolved }

// Decode returns the reports of the next envelope with their Origin set, but
// for its Bytes, or a *Refusal. After a refusal the decoder is as it was before.
func (d *Decoder) Decode(env *uplinkv1.Envelope) ([]*Report, error) {
	digest, err := d.checkHead(env)
	if err != nil {
		return nil, err
	}
	names, err := d.readNames(env.Names)
	if err != nil {
		return nil, err
	}
	rd := &rowReader{d: d, names: names, entities: map[uint64]*Ref{}}
	reports := make([]*Report, 0, len(env.Reports))
	facts := 0
	for _, row := range env.Reports {
		r, err := rd.report(row)
		if err != nil {
			return nil, err
		}
		if facts += r.Facts(); facts > MaxRecords {
			return nil, refuse(ReasonTooMany, "facts")
		}
		r.Origin = &Origin{Sender: env.Sender, Session: env.Session, Sequence: env.Sequence, Digest: digest}
		reports = append(reports, r)
	}
	if len(d.entities)+len(rd.entities) > 2*MaxEntities {
		return nil, refuse(ReasonTooMany, "entities")
	}
	d.sender, d.session, d.sequence, d.last = env.Sender, env.Session, env.Sequence, digest
	maps.Copy(d.names, names)
	for id, ref := range rd.entities {
		if ref == nil {
			delete(d.entities, id)
		} else {
			d.entities[id] = *ref
		}
	}
	d.unresolved = rd.unresolved
	return reports, nil
}

func (d *Decoder) checkHead(env *uplinkv1.Envelope) (digest [32]byte, err error) {
	switch {
	case env == nil:
		return digest, refuse(ReasonMissing, "envelope")
	case proto.Size(env) > MaxEnvelopeBytes:
		return digest, refuse(ReasonSize, "envelope")
	}
	if err := checkShape(env.ProtoReflect()); err != nil {
		return digest, err
	}
	switch {
	case env.SchemaVersion != SchemaVersion:
		return digest, refuse(ReasonVersion, "schema_version")
	case env.AdmissionVersion != AdmissionVersion:
		return digest, refuse(ReasonVersion, "admission_version")
	case env.Sender == 0 || env.Session == 0:
		return digest, refuse(ReasonMissing, "sender or session")
	case d.sequence > 0 && (env.Sender != d.sender || env.Session != d.session):
		return digest, refuse(ReasonSession, "sender or session")
	case env.Sequence != d.sequence+1:
		return digest, refuse(ReasonSequence, "sequence")
	case env.SentUnixSeconds > maxUnix:
		return digest, refuse(ReasonValue, "sent_unix_seconds")
	case len(env.Reports) > MaxReports:
		return digest, refuse(ReasonTooMany, "reports")
	}
	previous := DigestBytes(env.Previous)
	if d.sequence > 0 && previous != d.last {
		return digest, refuse(ReasonDigest, "previous")
	}
	digest = EnvelopeDigest(previous, env)
	if env.Digest == nil || digest != DigestBytes(env.Digest) {
		return digest, refuse(ReasonDigest, "digest")
	}
	return digest, nil
}

func (d *Decoder) readNames(list []*uplinkv1.Name) (map[uint32]decodedName, error) {
	if len(d.names)+len(list) > MaxNames {
		return nil, refuse(ReasonTooMany, "names")
	}
	names := make(map[uint32]decodedName, len(list))
	for _, n := range list {
		if n.Id == 0 || n.Id > 2*MaxNames {
			return nil, refuse(ReasonValue, "names.id")
		}
		_, known := d.names[n.Id]
		if _, again := names[n.Id]; known || again {
			return nil, refuse(ReasonDuplicate, "names.id")
		}
		if !wasAdmitted(n.Kind, n.Value) {
			return nil, refuse(ReasonName, "names.value")
		}
		names[n.Id] = decodedName{n.Kind, n.Value}
	}
	return names, nil
}
