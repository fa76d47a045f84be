package fact

import (
	"testing"

	"github.com/stretchr/testify/assert"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/datatype"
)

func TestIdentity(t *testing.T) {
	same := NewIdentity([]byte("0123456789abcdef"))
	other := NewIdentity([]byte("fedcba9876543210"))
	assert.Equal(t, identity.ID(web), same.ID(web), "the same on every agent")
	assert.NotEqual(t, identity.ID(web), other.ID(web))
	seen := map[uint64]string{}
	for name, id := range map[string]uint64{
		"web": identity.ID(web), "users": identity.ID(users), "pod": identity.ID(pod1),
		"moved bound":   identity.ID(Ref{Type: web.Type, Namespace: "shopw", Name: "eb"}),
		"other type":    identity.ID(Ref{Type: pod1.Type, Namespace: "shop", Name: "web"}),
		"agent":         identity.Agent("web"),
		"nothing":       identity.ID(Ref{}),
		"symptom":       identity.Symptom("svc.latency.shift", web, users, 1),
		"later symptom": identity.Symptom("svc.latency.shift", web, users, 2),
	} {
		assert.NotZero(t, id)
		assert.Empty(t, seen[id], "%s", name)
		seen[id] = name
	}
	uid := pod1
	uid.UID = "another"
	assert.Equal(t, identity.ID(pod1), identity.ID(uid))
	assert.EqualValues(t, 5, identity.Of(Ref{ID: 5, Name: "x"}))
	assert.Zero(t, identity.Of(Ref{}))
	p := identity.Pseudonym(kindService, "john.doe@acme.com")
	assert.True(t, isPseudonym(p))
	assert.NotEqual(t, p, identity.Pseudonym(kindRoute, "john.doe@acme.com"))
}

func TestNamesOfEnumerations(t *testing.T) {
	assert.Equal(t, "stateful_set", Text(uplinkv1.EntityType_ENTITY_TYPE_STATEFUL_SET))
	assert.Equal(t, "PAYMENT_CARD", Text(uplinkv1.DataType_DATA_TYPE_PAYMENT_CARD))
	assert.Equal(t, "GET", Text(uplinkv1.Method_METHOD_GET))
	assert.Empty(t, Text(uplinkv1.Phase_PHASE_UNSPECIFIED))
	assert.Empty(t, Text(uplinkv1.Phase(99)))
	p, ok := ParseEnum[Phase]("Start")
	assert.True(t, ok)
	assert.Equal(t, uplinkv1.Phase_PHASE_START, p)
	for _, text := range []string{"", "unspecified", "PHASE_START", "x"} {
		p, ok = ParseEnum[Phase](text)
		assert.False(t, ok, text)
		assert.Zero(t, p)
	}
	for _, d := range datatype.All() {
		got, ok := ParseEnum[DataType](d.Name)
		assert.True(t, ok, d.Name)
		assert.Equal(t, d.Name, Text(got))
		_, ok = ParseEnum[Sensitivity](d.Sensitivity.String())
		assert.True(t, ok)
	}
}

func TestCodesAreDistinct(t *testing.T) {
	assert.Len(t, codeNames, len(codes))
	for code, n := range codes {
		assert.Equal(t, code, SymptomCode(n))
		_, ok := Admit(kindCode, code)
		assert.True(t, ok, code)
	}
}
