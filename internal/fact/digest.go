package fact

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// EnvelopeDigest is SHA-256 over the previous envelope's digest and this
// envelope with its own digest left out, in one canonical encoding.
func EnvelopeDigest(previous [32]byte, env *uplinkv1.Envelope) [32]byte {
	b := append(make([]byte, 0, 1024), previous[:]...)
	b = appendCanonical(b, env.ProtoReflect(), "digest")
	return sha256.Sum256(b)
}

// DigestWords cuts a digest into the four words that may leave.
func DigestWords(d [32]byte) *uplinkv1.Digest {
	return &uplinkv1.Digest{
		A: binary.BigEndian.Uint64(d[0:]), B: binary.BigEndian.Uint64(d[8:]),
		C: binary.BigEndian.Uint64(d[16:]), D: binary.BigEndian.Uint64(d[24:]),
	}
}

// DigestBytes joins the words; nil is all zeros.
func DigestBytes(w *uplinkv1.Digest) (d [32]byte) {
	for i, v := range [...]uint64{w.GetA(), w.GetB(), w.GetC(), w.GetD()} {
		binary.BigEndian.PutUint64(d[8*i:], v)
	}
	return d
}

// appendCanonical appends the message in protobuf's wire format, of which there
// are many forms, in the one form where fields stand in the order of their
// numbers, numbers in lists are packed and what is zero is left out. It does
// not depend on the version of a library, so that a ledger can be verified
// years later. skip names a field of the outermost message to leave out.
func appendCanonical(b []byte, m protoreflect.Message, skip protoreflect.Name) []byte {
	fields := m.Descriptor().Fields()
	order := make([]protoreflect.FieldDescriptor, 0, 16)
	for i := range fields.Len() {
		if f := fields.Get(i); m.Has(f) && f.Name() != skip {
			order = append(order, f)
		}
	}
	slices.SortFunc(order, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	for _, f := range order {
		v := m.Get(f)
		switch {
		case f.IsList() && f.Kind() == protoreflect.MessageKind:
			for i := range v.List().Len() {
				b = appendMessage(b, f.Number(), v.List().Get(i).Message())
			}
		case f.IsList():
			var packed []byte
			for i := range v.List().Len() {
				packed, _ = appendScalar(packed, f.Kind(), v.List().Get(i))
			}
			b = protowire.AppendTag(b, f.Number(), protowire.BytesType)
			b = protowire.AppendBytes(b, packed)
		case f.Kind() == protoreflect.MessageKind:
			b = appendMessage(b, f.Number(), v.Message())
		default:
			value, wire := appendScalar(nil, f.Kind(), v)
			b = protowire.AppendTag(b, f.Number(), wire)
			b = append(b, value...)
		}
	}
	return b
}

func appendMessage(b []byte, n protowire.Number, m protoreflect.Message) []byte {
	b = protowire.AppendTag(b, n, protowire.BytesType)
	return protowire.AppendBytes(b, appendCanonical(nil, m, ""))
}

// appendScalar knows the kinds that the contract has; a test holds it to them.
func appendScalar(b []byte, kind protoreflect.Kind, v protoreflect.Value) ([]byte, protowire.Type) {
	switch kind {
	case protoreflect.BoolKind:
		return protowire.AppendVarint(b, protowire.EncodeBool(v.Bool())), protowire.VarintType
	case protoreflect.EnumKind:
		return protowire.AppendVarint(b, uint64(v.Enum())), protowire.VarintType
	case protoreflect.Fixed64Kind:
		return protowire.AppendFixed64(b, v.Uint()), protowire.Fixed64Type
	case protoreflect.FloatKind:
		return protowire.AppendFixed32(b, math.Float32bits(float32(v.Float()))), protowire.Fixed32Type
	case protoreflect.StringKind:
		return protowire.AppendString(b, v.String()), protowire.BytesType
	default: // uint32 and uint64
		return protowire.AppendVarint(b, v.Uint()), protowire.VarintType
	}
}
