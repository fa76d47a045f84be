package fact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// TestNonInterference: two runs with the same topology, timing, statuses and
// lengths, and other payload. All that payload can change in a report are its
// flows: how many, of which types, in which fields, and on which routes they
// stand. The envelopes are the same byte by byte once the rows that state the
// flows are taken out, and the digests, which cover these rows. This is from
// reports to bytes; that a report holds nothing else of the payload is for the
// test of whole pipelines.
func TestNonInterference(t *testing.T) {
	// The same through all that an exporter does, with budgets of which some
	// are far too small.
	for _, perDay := range []int{20_000, 40_000, 0} {
		t.Run(fmt.Sprint(perDay), func(t *testing.T) {
			a, flowsOfA := payloadRun(t, perDay, 1)
			b, flowsOfB := payloadRun(t, perDay, 2)
			assert.NotEqual(t, flowsOfA, flowsOfB, "the payloads differ")
			require.Equal(t, len(a), len(b))
			require.Greater(t, len(a), 20)
			for i := range a {
				require.Equal(t, a[i], b[i], "envelope %d", i)
			}
		})
	}
}

// payloadRun returns the stripped envelopes, and how many flows left in each.
func payloadRun(t *testing.T, perDay int, payload uint64) (stripped [][]byte, flows []int) {
	t.Helper()
	topology := rand.New(rand.NewPCG(7, 7)) // statuses, lengths and timing
	data := rand.New(rand.NewPCG(payload, payload))
	budget := newBudget(t, perDay, 1)
	throttle := NewThrottle(identity, ThrottleOptions{})
	enc := newEncoder()
	for minute := range 120 {
		now := start.Add(time.Duration(minute) * time.Minute)
		r := trafficReport(topology, now, uint64(minute+1))
		observe(data, r, now)
		throttle.Apply(now, budget.RatesAllowance(now), r)
		if throttle.Hold(now, r) {
			continue
		}
		budget.Trim(now, r)
		out, err := enc.Encode(now, budget.Left(now), r)
		require.NoError(t, err)
		budget.Spend(now, out.Envelope)
		_, err = proto.Marshal(out.Envelope)
		require.NoError(t, err)
		flows = append(flows, len(out.Envelope.Reports[0].Flows))
		stripped = append(stripped, strip(t, out.Envelope))
	}
	return stripped, flows
}

// trafficReport is what an agent sees of the traffic, not of the payload.
func trafficReport(rng *rand.Rand, now time.Time, n uint64) *Report {
	r := &Report{Agent: 1, Epoch: 2, Sequence: n, Start: now, Window: time.Minute, Snapshot: n%60 == 1}
	workload := func(i int) Ref {
		return Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: fmt.Sprintf("service-%d", i)}
	}
	for i := range 10 {
		requests := uint64(rng.IntN(1000))
		e := Edge{Source: workload(i), Destination: workload((i + 3) % 10), Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 80,
			Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true, Requests: requests, Errors: requests / 50}
		e.Durations.AddSeconds(rng.Float64(), requests)
		r.Edges = append(r.Edges, e)
	}
	if rng.IntN(5) == 0 {
		r.Symptoms = []Symptom{{ID: rng.Uint64(), Code: "svc.errors.shift", Entity: workload(rng.IntN(12)), Phase: uplinkv1.Phase_PHASE_START,
			Severity: uplinkv1.Severity_SEVERITY_WARNING, Onset: now, Time: now, Value: rng.Float64()}}
		r.Entities = []Entity{{Ref: Ref{Type: pod1.Type, Namespace: "shop", Name: fmt.Sprintf("service-1-%d", n)}, Op: uplinkv1.Op_OP_STATE, Owner: workload(1)}}
	}
	r.Coverage = Coverage{ExchangesSeen: uint64(rng.IntN(10000)), SamplingBasisPoints: 10000, BytesParsed: uint64(rng.IntN(1e6))}
	return r
}

// observe is what the payload adds: a run may see much, another nothing.
func observe(rng *rand.Rand, r *Report, now time.Time) {
	for range rng.IntN(8) {
		e := r.Edges[rng.IntN(len(r.Edges))]
		to := e.Destination
		switch rng.IntN(6) {
		case 0: // somebody without a name
			to = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL}
		case 1:
			to = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: fmt.Sprintf("partner%d.example", rng.IntN(9))}
		}
		r.Flows = append(r.Flows, Flow{Source: e.Source, Destination: to, Protocol: e.Protocol, Method: uplinkv1.Method_METHOD_POST,
			Route: fmt.Sprintf("/v1/orders/{id}/part%c%d", 'a'+rng.IntN(20), rng.IntN(9)), Direction: uplinkv1.Direction_DIRECTION_REQUEST,
			DataType: uplinkv1.DataType(1 + rng.IntN(12)), Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_HIGH,
			FieldPath: []string{"body.email", "body.card", "rosa@mail.example['x", "body.user.phone"}[rng.IntN(4)], Seen: rng.Uint64N(1000), First: now, Last: now})
	}
}

// strip takes out the rows that state flows: the flows, the names and
// references made for them, and how many were left out.
func strip(t *testing.T, env *uplinkv1.Envelope) []byte {
	t.Helper()
	env = proto.Clone(env).(*uplinkv1.Envelope)
	env.Digest, env.Previous = nil, nil
	var names []*uplinkv1.Name
	for _, n := range env.Names {
		if n.Id%2 == 1 {
			names = append(names, n)
		}
	}
	env.Names = names
	for _, r := range env.Reports {
		r.Flows = nil
		var entities []*uplinkv1.Entity
		for _, e := range r.Entities {
			if e.Op != uplinkv1.Op_OP_FLOW_REFERENCE {
				entities = append(entities, e)
			}
		}
		r.Entities = entities
		if r.Coverage != nil {
			r.Coverage.FlowsLeftOut, r.Coverage.FlowNamesPseudonymised = 0, 0
		}
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(env)
	require.NoError(t, err)
	return raw
}

// TestCanaries: values that are nobody's business, in every place that holds a
// name. None leaves in any form; the control shows that the search finds them.
func TestCanaries(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	random := func(alphabet string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[rng.IntN(len(alphabet))]
		}
		return string(b)
	}
	makers := []func() string{
		func() string { return "canary" + random("abcdefgh", 6) + "@mail.example" },
		func() string { return "4" + luhn(random("0123456789", 14)) },
		func() string { return random("0123456789abcdef", 32) },
		func() string { return "eyJhbGciOiJIUzI1NiJ9." + random("abcdefghABCDEFGH0123456789", 30) + ".x" },
		func() string { return "sk-" + random("abcdefghijABCDEFGHIJ0123456789", 32) },
		func() string { return "Jane Canary " + random("abcdefgh", 8) },
		func() string { return "https://user:" + random("abcdefgh", 10) + "@host.example/?q=1" },
		func() string { return "select * from users where name='" + random("abcdefgh", 10) + "'" },
	}
	var canaries []string
	r := &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start, Window: time.Minute}
	for i := range 400 {
		c := makers[i%len(makers)]()
		canaries = append(canaries, c)
		place(r, i/len(makers)%10, i, c)
	}
	out, err := newEncoder().Encode(start, 0, r)
	require.NoError(t, err)
	raw, err := proto.Marshal(out.Envelope)
	require.NoError(t, err)
	reports, err := NewDecoder().Decode(out.Envelope)
	require.NoError(t, err)
	shown := fmt.Sprintf("%+v", reports[0])
	control := fmt.Appendf(nil, "%+v", r)
	for _, c := range canaries {
		assert.True(t, leaked(control, c), "the control finds %q", c)
		assert.False(t, leaked(raw, c), "%q is on the wire", c)
		assert.NotContains(t, shown, c)
	}
	n := 0
	for _, count := range out.Pseudonymised {
		n += count
	}
	assert.Greater(t, n, 300)
}

// place puts a value where a name belongs.
func place(r *Report, where, i int, v string) {
	ref := Ref{Type: EntityType(1 + i%14), Name: v}
	edge := Edge{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Side: uplinkv1.Side_SIDE_CLIENT, Op: uplinkv1.Op_OP_STATE}
	flow := Flow{Source: web, Destination: users, DataType: uplinkv1.DataType_DATA_TYPE_EMAIL, Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_LOW}
	switch where {
	case 0:
		r.Entities = append(r.Entities, Entity{Ref: ref, Op: uplinkv1.Op_OP_STATE})
	case 1:
		ref.Name, ref.Namespace = "web", v
		r.Entities = append(r.Entities, Entity{Ref: ref, Op: uplinkv1.Op_OP_DELETE})
	case 2:
		r.Entities = append(r.Entities, Entity{Ref: users, Op: uplinkv1.Op_OP_STATE, Image: v, Owner: ref})
	case 3:
		r.Entities = append(r.Entities, Entity{Ref: users, Op: uplinkv1.Op_OP_STATE, Version: v, Node: ref})
	case 4:
		r.Entities = append(r.Entities, Entity{Ref: users, Op: uplinkv1.Op_OP_STATE, Zone: v})
	case 5:
		edge.Destination = ref
		r.Edges = append(r.Edges, edge)
	case 6:
		r.Symptoms = append(r.Symptoms, Symptom{Code: v, Entity: ref, Peer: ref, Phase: uplinkv1.Phase_PHASE_END,
			Severity: uplinkv1.Severity_SEVERITY_INFO, Onset: start, Time: start})
	case 7:
		flow.Route, flow.Source = v, ref
		r.Flows = append(r.Flows, flow)
	case 8:
		flow.FieldPath = v
		r.Flows = append(r.Flows, flow)
	case 9:
		r.Changes = append(r.Changes, Change{Entity: ref, Kind: uplinkv1.ChangeKind(1 + i%5), Time: start, FromName: v, ToName: v})
	}
}

// leaked looks for a value as it is, URL-encoded, in base64 and hexadecimal.
func leaked(raw []byte, v string) bool {
	lower := bytes.ToLower(raw)
	for _, form := range []string{v, url.QueryEscape(v), hex.EncodeToString([]byte(v))} {
		if bytes.Contains(lower, []byte(strings.ToLower(form))) {
			return true
		}
	}
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), v...))
		if bytes.Contains(raw, []byte(text[(shift*8+5)/6:(shift+len(v))*8/6])) {
			return true
		}
	}
	return false
}

// luhn adds the check digit to the digits behind a leading 4.
func luhn(digits string) string {
	sum, s := 0, "4"+digits
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + fmt.Sprint((10-sum%10)%10)
}
