package uplinkv1

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// outgoing is all that can leave: the messages reachable from an Envelope.
func outgoing() []protoreflect.MessageDescriptor {
	return reachable((&Envelope{}).ProtoReflect().Descriptor())
}

func reachable(m protoreflect.MessageDescriptor) []protoreflect.MessageDescriptor {
	found := []protoreflect.MessageDescriptor{m}
	for i := 0; i < len(found); i++ {
		for _, f := range fieldsOf(found[i]) {
			if next := f.Message(); next != nil && !slices.Contains(found, next) {
				found = append(found, next)
			}
		}
	}
	return found
}

func fieldsOf(m protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	var list []protoreflect.FieldDescriptor
	for i := range m.Fields().Len() {
		list = append(list, m.Fields().Get(i))
	}
	return list
}

// TestRawPayloadIsUnrepresentable holds the contract to its promise.
func TestRawPayloadIsUnrepresentable(t *testing.T) {
	messages := outgoing()
	assert.Greater(t, len(messages), 8)
	assert.Empty(t, violations(messages))
}

// allowed are the kinds of numbers, flags and members of enumerations. Each one
// more needs its place in internal/fact's canonical encoding.
var allowed = []protoreflect.Kind{protoreflect.BoolKind, protoreflect.EnumKind, protoreflect.Uint32Kind, protoreflect.Uint64Kind,
	protoreflect.Fixed64Kind, protoreflect.FloatKind, protoreflect.MessageKind}

func violations(messages []protoreflect.MessageDescriptor) (wrong []string) {
	for _, m := range messages {
		if m.ParentFile().Package() != "weir.uplink.v1" {
			wrong = append(wrong, fmt.Sprintf("%s is of another package", m.FullName()))
		}
		if m.ExtensionRanges().Len() > 0 {
			wrong = append(wrong, fmt.Sprintf("%s can be extended", m.FullName()))
		}
		if m.Oneofs().Len() > 0 {
			wrong = append(wrong, fmt.Sprintf("%s has a oneof", m.FullName()))
		}
		for _, f := range fieldsOf(m) {
			switch {
			case f.IsMap():
				wrong = append(wrong, fmt.Sprintf("%s is a map", f.FullName()))
			case f.Kind() == protoreflect.StringKind && f.FullName() == "weir.uplink.v1.Name.value" && !f.IsList():
			case !slices.Contains(allowed, f.Kind()):
				wrong = append(wrong, fmt.Sprintf("%s is a %s", f.FullName(), f.Kind()))
			}
		}
	}
	return wrong
}

// TestViolationsAreSeen: the walk finds what it looks for, in messages of
// protobuf's own that have all that the contract may not.
func TestViolationsAreSeen(t *testing.T) {
	wrong := violations(append(reachable((&descriptorpb.FileDescriptorProto{}).ProtoReflect().Descriptor()),
		reachable((&structpb.Struct{}).ProtoReflect().Descriptor())...))
	all := strings.Join(wrong, "\n")
	for _, want := range []string{"is a string", "is a bytes", "is a map", "is of another package", "has a oneof"} {
		assert.Contains(t, all, want)
	}
}

// TestBackendCanSayThreeThings: an answer holds numbers and a flag.
func TestBackendCanSayThreeThings(t *testing.T) {
	ack := (&Ack{}).ProtoReflect().Descriptor()
	require.Len(t, reachable(ack), 1)
	var names []string
	for _, f := range fieldsOf(ack) {
		names = append(names, string(f.Name()))
		assert.Contains(t, []protoreflect.Kind{protoreflect.BoolKind, protoreflect.Uint32Kind, protoreflect.Uint64Kind}, f.Kind())
		assert.False(t, f.IsList())
	}
	assert.Equal(t, []string{"sequence", "need_snapshot", "minimum_interval_seconds"}, names)
	services := (&Ack{}).ProtoReflect().Descriptor().ParentFile().Services()
	require.Equal(t, 1, services.Len())
	require.Equal(t, 1, services.Get(0).Methods().Len())
}

const frozen = "testdata/contract.txt"

// TestContractIsFrozen compares the schema with its frozen copy. What is there
// may never change or go; what is new is added to the copy with
// UPDATE_CONTRACT=1, so that it shows in a review.
func TestContractIsFrozen(t *testing.T) {
	now := contract()
	text, err := os.ReadFile(frozen)
	if os.Getenv("UPDATE_CONTRACT") == "" {
		require.NoError(t, err)
	}
	before := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(text) == 0 {
		before = nil
	}
	added, gone := compare(before, now)
	require.Empty(t, gone, "changed or removed, which breaks those who speak the older schema")
	if os.Getenv("UPDATE_CONTRACT") != "" {
		require.NoError(t, os.WriteFile(frozen, []byte(strings.Join(now, "\n")+"\n"), 0o644))
		return
	}
	assert.Empty(t, added, "new in the schema; run with UPDATE_CONTRACT=1 when that is meant")
}

func compare(before, now []string) (added, gone []string) {
	for _, l := range now {
		if !slices.Contains(before, l) {
			added = append(added, l)
		}
	}
	for _, l := range before {
		if !slices.Contains(now, l) {
			gone = append(gone, l)
		}
	}
	return added, gone
}

func TestChangesOfTheContractAreSeen(t *testing.T) {
	now := contract()
	require.Greater(t, len(now), 200)
	changed := slices.Clone(now)
	changed[5] += " x"
	added, gone := compare(now, changed)
	assert.Len(t, added, 1)
	assert.Len(t, gone, 1)
	added, gone = compare(now, append(slices.Clone(now), "field x"))
	assert.Len(t, added, 1)
	assert.Empty(t, gone)
}

// contract writes the schema a line a field and value, in a fixed order.
func contract() []string {
	var out []string
	file := (&Envelope{}).ProtoReflect().Descriptor().ParentFile()
	for i := range file.Messages().Len() {
		m := file.Messages().Get(i)
		for _, f := range fieldsOf(m) {
			kind := f.Kind().String()
			switch {
			case f.Message() != nil:
				kind = string(f.Message().FullName())
			case f.Enum() != nil:
				kind = string(f.Enum().FullName())
			}
			out = append(out, fmt.Sprintf("field %s %d %s %s packed=%t", f.FullName(), f.Number(), f.Cardinality(), kind, f.IsPacked()))
		}
	}
	for i := range file.Enums().Len() {
		e := file.Enums().Get(i)
		for k := range e.Values().Len() {
			v := e.Values().Get(k)
			out = append(out, fmt.Sprintf("value %s %d %s", e.FullName(), v.Number(), v.Name()))
		}
	}
	for i := range file.Services().Len() {
		s := file.Services().Get(i)
		for k := range s.Methods().Len() {
			m := s.Methods().Get(k)
			out = append(out, fmt.Sprintf("method %s %s %s streams=%t,%t", m.FullName(), m.Input().FullName(), m.Output().FullName(),
				m.IsStreamingClient(), m.IsStreamingServer()))
		}
	}
	return out
}
