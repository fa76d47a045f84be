package uplinkreceiver

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// envelopes makes those of a session, as an exporter does.
type envelopes struct {
	sender, session uint64
	encoder         *fact.Encoder
}

var lastSession uint64

func newEnvelopes(*testing.T) *envelopes {
	lastSession++
	e := &envelopes{sender: 77, session: lastSession}
	e.encoder = fact.NewEncoder(fact.EncoderOptions{
		Identity: fact.NewIdentity([]byte("a salt that only tests have")), Sender: e.sender, Session: e.session,
	})
	return e
}

func (e *envelopes) next(t *testing.T, reports ...*fact.Report) *uplinkv1.Envelope {
	t.Helper()
	out, err := e.encoder.Encode(time.Unix(1_790_000_000, 0), 1000, reports...)
	require.NoError(t, err)
	require.Equal(t, len(reports), out.Reports)
	return out.Envelope
}

func (e *envelopes) lastDigest() [32]byte { return e.encoder.Digest() }

// seal makes the digest right again after a change.
func seal(e *uplinkv1.Envelope) {
	e.Digest = nil
	e.Digest = fact.DigestWords(fact.EnvelopeDigest(fact.DigestBytes(e.Previous), e))
}

// brokenEnvelopes are changes of a good second envelope.
var brokenEnvelopes = map[string]struct {
	change func(*envelopes, *uplinkv1.Envelope)
	code   codes.Code
	reason string
}{
	"unknown field": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.ProtoReflect().SetUnknown(protowire.AppendString(protowire.AppendTag(nil, 500, protowire.BytesType), "a body"))
	}, codes.InvalidArgument, "unknown_field"},
	"unknown field deep inside": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Reports[0].Edges[0].ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1))
	}, codes.InvalidArgument, "unknown_field"},
	"unknown member": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Reports[0].Symptoms[0].Severity = 77
		seal(e)
	}, codes.InvalidArgument, "enum"},
	"no number": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Reports[0].Symptoms[0].Value = float32(math.NaN())
		seal(e)
	}, codes.InvalidArgument, "value"},
	"name against its kind": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Names = append(e.Names, &uplinkv1.Name{Id: 999, Kind: uplinkv1.NameKind_NAME_KIND_SERVICE, Value: "john.doe@acme.com"})
		seal(e)
	}, codes.InvalidArgument, "name"},
	"name given twice": {func(_ *envelopes, e *uplinkv1.Envelope) {
		n := &uplinkv1.Name{Id: 1, Kind: uplinkv1.NameKind_NAME_KIND_SERVICE, Value: "cart"}
		e.Names = append(e.Names, n)
		seal(e)
	}, codes.InvalidArgument, "duplicate"},
	"name never given": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Reports[0].Flows[0].Route = 4444
		seal(e)
	}, codes.InvalidArgument, "reference"},
	"no agent": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Reports[0].Agent = 0
		seal(e)
	}, codes.InvalidArgument, "missing"},
	"gap": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Sequence++
		seal(e)
	}, codes.FailedPrecondition, "sequence"},
	"replay": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Sequence--
		seal(e)
	}, codes.FailedPrecondition, "sequence"},
	"other session": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Session++
		seal(e)
	}, codes.FailedPrecondition, "session"},
	"changed on the way": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Reports[0].Coverage = &uplinkv1.Coverage{ExchangesSeen: 1}
	}, codes.FailedPrecondition, "digest"},
	"chain broken": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.Previous.A++
		seal(e)
	}, codes.FailedPrecondition, "digest"},
	"later schema": {func(_ *envelopes, e *uplinkv1.Envelope) {
		e.SchemaVersion = 2
		seal(e)
	}, codes.FailedPrecondition, "version"},
}

// report is one with an entity, an edge, a symptom and a flow.
func report(sequence uint64) *fact.Report {
	shop := fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "checkout"}
	pay := fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "payments"}
	start := time.Unix(1_790_000_000+int64(sequence)*60, 0).UTC() // #nosec G115 -- small
	return &fact.Report{
		Agent: 7, Epoch: 9, Sequence: sequence, Start: start, Window: time.Minute,
		Entities: []fact.Entity{{Ref: shop, Op: uplinkv1.Op_OP_STATE, Desired: 3, Ready: 3}},
		Edges: []fact.Edge{{
			Source: shop, Destination: pay, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
			Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE,
		}},
		Symptoms: []fact.Symptom{{
			Code: "svc.latency.shift", Entity: pay, Phase: uplinkv1.Phase_PHASE_START,
			Severity: uplinkv1.Severity_SEVERITY_WARNING, Onset: start, Time: start, Value: 2, Baseline: 1,
			Threshold: 1.5, Unit: uplinkv1.Unit_UNIT_SECONDS, Samples: 30, Detector: uplinkv1.Detector_DETECTOR_BASELINE,
		}},
		Flows: []fact.Flow{{
			Source: shop, Destination: pay, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP,
			Method: uplinkv1.Method_METHOD_POST, Route: "/payments/{id}", Direction: uplinkv1.Direction_DIRECTION_REQUEST,
			DataType: uplinkv1.DataType_DATA_TYPE_PAYMENT_CARD, Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_CRITICAL,
			FieldPath: "card.number", Seen: 5, First: start, Last: start,
		}},
	}
}

// sumOf adds the points of a metric that have the attribute's value, or all.
func sumOf(m metricdata.Metrics, value string) (sum int64) {
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		has := value == ""
		for _, a := range p.Attributes.ToSlice() {
			has = has || a.Value.AsString() == value
		}
		if has {
			sum += p.Value
		}
	}
	return sum
}
